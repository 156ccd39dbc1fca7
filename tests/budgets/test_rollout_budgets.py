"""What the calls of the native API on deployments cost, however many devices there are (design section 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from sluiceway.domain.counters import ADMITTED, IN_FLIGHT, ended_in
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate, Signal, SignalKind
from sluiceway.domain.pace import Pace
from sluiceway.domain.plan import MOST_PHASES, Plan, PlannedPhase
from sluiceway.domain.projection import LOOK
from sluiceway.domain.retry import RetryPolicy
from sluiceway.storage import keys
from sluiceway.storage.moments import to_microseconds
from sluiceway.storage.table import Update
from sluiceway.usecases import aims
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.change_plan import change_phases
from sluiceway.usecases.create_deployment import SHARDS_OF_OPEN_TARGET, create_deployment
from sluiceway.usecases.deployment_views import view_deployment
from sluiceway.usecases.deployments import load
from sluiceway.usecases.execution_waits import begin_wait
from sluiceway.usecases.explain import explain
from sluiceway.usecases.fleet_inventory import Search, search
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.saved_filters import save_filter
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import ROWS_OF_SESSION
from sluiceway.usecases.steer_deployment import approve_phase, open_next_phase, pause_deployment, resume_deployment
from tests.budgets.expected import A_ROW, NO_WRITES, budget, cost
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.executions import advance
from tests.support.fleet import LINUX, WORKSPACE, Fleet

GATE = Gate(
    least_success_share=0.95,
    most_failures=20,
    minimum_sample=50,
    soak=timedelta(hours=1),
    signal=Signal(SignalKind.PROBE, "https://status.example.com/rollouts/healthy"),
)
PLAN = Plan(
    phases=(*(PlannedPhase(percent=percent, gate=GATE) for percent in (1, 10, 30)), PlannedPhase()),
    pace=Pace(100, 2.0, 1_000),
    most_in_flight=500,
    retry=RetryPolicy(attempts=3, base=timedelta(minutes=10)),
    end=NOW + timedelta(days=30),
)
Command = Callable[[Service, str, str, str, datetime], None]
MOVED = 6
"""Writes of a device that was heard of in time: its row, its place among the deadlines, a look at its shard."""
KEY = "api_key_7d4a1c9e-3b52-4f0e-9a86-2f6c1d5e8b47"


TO_THE_LAB = Definition("to the lab", "app-1", group="lab")
WIDE_PLAN = replace(PLAN, pace=None, most_in_flight=None)
"""One that does not bound the number of counter shards."""


def by_filter(fleet: Fleet, plan: Plan = PLAN) -> Definition:
    """A planned deployment to those that run Linux when they ask."""
    saved = save_filter(fleet.service, WORKSPACE, "linux", (LINUX,))
    return Definition("by a filter", "app-1", filter_id=saved, plan=plan)


@pytest.fixture
def _unranked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be more devices than are looked at one by one."""
    monkeypatch.setattr(aims, "MOST_RANKED", 4)


@pytest.fixture(name="planned")
def _planned(fleet: Fleet, device: Claims) -> str:
    """A deployment whose execution waits."""
    assert device
    made = create_deployment(fleet.service, WORKSPACE, by_filter(fleet), NOW)
    assert not begin_wait(fleet.service, WORKSPACE, made, 0, "token")
    return made


def under_deadlines(fleet: Fleet, device: Claims) -> str:
    """A deployment whose device must be heard of within an hour, wherever it stands."""
    plan = Plan(deadlines=Deadlines(*[timedelta(hours=1)] * 4))
    return create_deployment(fleet.service, WORKSPACE, replace(fleet.definition(device), plan=plan), NOW)


def test_a_poll_that_is_offered_the_same_again_moves_its_deadline(fleet: Fleet, device: Claims) -> None:
    under_deadlines(fleet, device)
    assert fleet.poll(device)
    for minutes, write in ((1, MOVED), (2, NO_WRITES), (6, NO_WRITES), (8, MOVED), (9, NO_WRITES)):
        with budget(fleet, calls=4 + bool(write), read=4, write=write):
            assert fleet.poll(device, now=NOW + timedelta(minutes=minutes))


def test_the_same_report_again_moves_its_deadline(fleet: Fleet, device: Claims) -> None:
    deployment = under_deadlines(fleet, device)
    assert fleet.poll(device)
    fleet.report(device, deployment, Status.INSTALLING)
    for minutes, write in ((1, MOVED), (2, NO_WRITES), (6, NO_WRITES), (8, MOVED), (9, NO_WRITES)):
        with budget(fleet, calls=2, read=1 if write else 2, write=write):
            fleet.report(device, deployment, Status.INSTALLING, now=NOW + timedelta(minutes=minutes))


@pytest.mark.usefixtures("device")
def test_a_deployment_to_an_open_target_with_a_plan_costs_a_search_beside_what_others_cost(fleet: Fleet) -> None:
    definition = by_filter(fleet)
    with measured(fleet.table) as meter:
        search(fleet.service, WORKSPACE, Search(terms=(LINUX,)), offset=0, limit=0)
    searching = meter.usage
    with budget(fleet, calls=4 + searching.calls, read=6 + searching.read_units, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


@pytest.mark.usefixtures("_unranked")
@pytest.mark.parametrize("definition", [Definition("to all", "app-1", all_devices=True), TO_THE_LAB])
@pytest.mark.parametrize(("phases", "gates"), [(MOST_PHASES, 1), (5, 4)])
def test_a_deployment_to_all_devices_or_a_group_with_a_plan_costs_no_more_than_others(
    fleet: Fleet, device: Claims, definition: Definition, phases: int, gates: int
) -> None:
    """As long as the plan stays below 1 KB: with as many phases as there may be, or with as many different gates."""
    fleet.put_in_group("lab", device)
    gated = (PlannedPhase(percent=5, gate=replace(GATE, most_failures=n % gates)) for n in range(phases - 1))
    plan = replace(PLAN, phases=(*gated, PlannedPhase()))
    for _ in range(phases):
        fleet.put_in_group("lab", fleet.accept())
    with budget(fleet, calls=4, read=5, write=18):
        create_deployment(fleet.service, WORKSPACE, replace(definition, plan=plan), NOW)


@pytest.mark.parametrize(
    ("definition", "reads"), [(Definition("to all", "app-1", all_devices=True), 1), (TO_THE_LAB, 2)]
)
def test_to_make_phases_exact_the_devices_are_read_beside(fleet: Fleet, definition: Definition, reads: int) -> None:
    """The list of all devices in pages, 300 bytes each; of a group their ids, then the devices."""
    devices = [fleet.accept() for _ in range(30)]
    fleet.put_in_group("lab", *devices)
    units_of_one = 0.1 if definition.all_devices else 1.1
    with budget(fleet, calls=4 + reads, read=5 + units_of_one * len(devices), write=18):
        create_deployment(fleet.service, WORKSPACE, replace(definition, plan=WIDE_PLAN), NOW)


def test_a_deployment_to_a_list_with_a_plan_costs_no_more_than_others_beside_its_rows(fleet: Fleet) -> None:
    definition = fleet.definition(*({"sub": f"{number:036}"} for number in range(20)))
    plan = replace(PLAN, phases=(*(PlannedPhase(percent=10, gate=GATE) for _ in range(3)), PlannedPhase()))
    with budget(fleet, calls=4, read=4, write=18 + 20 * A_ROW):
        create_deployment(fleet.service, WORKSPACE, replace(definition, plan=plan), NOW)


@pytest.mark.parametrize("command", [pause_deployment, approve_phase, open_next_phase])
def test_a_command_is_one_write(fleet: Fleet, planned: str, command: Command) -> None:
    """One call more than the table has: the head with its counters and its plan, and the token of its execution.

    Without that read nobody would be told that the deployment has ended meanwhile: what is stored of that is a cache.
    """
    with cost(fleet, calls=2, read=1, write=1):
        command(fleet.service, WORKSPACE, planned, KEY, NOW)


def test_a_pause_and_a_resume_that_no_look_has_heard_of_are_one_write_each(fleet: Fleet, planned: str) -> None:
    """However many: the head stays below 1 KB."""
    for number in range(9):
        with cost(fleet, calls=2, read=1, write=1):
            (resume_deployment if number % 2 else pause_deployment)(fleet.service, WORKSPACE, planned, KEY, NOW)


@pytest.mark.parametrize(("command", "phase"), [(approve_phase, 0), (open_next_phase, 1)])
def test_a_command_for_a_phase_costs_no_more_and_nothing_is_written_of_one_sent_again(
    fleet: Fleet, planned: str, command: Callable[..., None], phase: int
) -> None:
    with cost(fleet, calls=2, read=1, write=1):
        command(fleet.service, WORKSPACE, planned, KEY, NOW, phase=phase)
    with cost(fleet, calls=1, read=1, write=NO_WRITES):
        command(fleet.service, WORKSPACE, planned, KEY, NOW, phase=phase)


def test_a_resume_is_one_write(fleet: Fleet, planned: str) -> None:
    pause_deployment(fleet.service, WORKSPACE, planned, KEY, NOW)
    with cost(fleet, calls=2, read=1, write=1):
        resume_deployment(fleet.service, WORKSPACE, planned, KEY, NOW)


@pytest.mark.parametrize("shards", [1, 4])
def test_an_abort_of_a_planned_deployment_is_one_write_for_each_shard_beside_the_rest(
    fleet: Fleet, device: Claims, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    assert device
    monkeypatch.setattr(creation, "SHARDS_OF_OPEN_TARGET", shards)
    planned = create_deployment(fleet.service, WORKSPACE, by_filter(fleet, WIDE_PLAN), NOW)
    assert not begin_wait(fleet.service, WORKSPACE, planned, 0, "token")
    with budget(fleet, calls=2 + shards, read=2, write=12 + shards):
        abort_deployment(fleet.service, WORKSPACE, planned, NOW)


def test_an_abort_of_many_shards_begins_and_ends_with_a_write_of_its_own(fleet: Fleet, device: Claims) -> None:
    """Two calls more than the table has: what is aborted is read, and what it could assign, which is shown for ever."""
    assert device
    planned = create_deployment(fleet.service, WORKSPACE, by_filter(fleet, WIDE_PLAN), NOW)
    assert not begin_wait(fleet.service, WORKSPACE, planned, 0, "token")
    with budget(fleet, calls=4 + SHARDS_OF_OPEN_TARGET, read=2, write=12 + SHARDS_OF_OPEN_TARGET):
        abort_deployment(fleet.service, WORKSPACE, planned, NOW)


# What devices do while the plan is active, and a look of its execution


def at_work(fleet: Fleet, deployment_id: str, device: Claims) -> None:
    """The device runs Linux, the first phase has been forced open to all, and the device is let in."""
    fleet.tell(device, os="linux")
    for _ in range(len(PLAN.phases) - 1):
        open_next_phase(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
        advance(fleet.service, WORKSPACE, deployment_id, NOW)


def test_a_device_that_does_not_meet_the_filter_finds_nothing(fleet: Fleet, planned: str, device: Claims) -> None:
    """The queries of an idle poll, and what the filter goes by."""
    assert planned
    with budget(fleet, calls=3, read=3, write=NO_WRITES):
        assert fleet.poll(device) is None


def test_a_roll_back_costs_devices_nothing_that_have_nothing_to_get_back(fleet: Fleet, device: Claims) -> None:
    """The queries of an idle poll, whether its newest rows are all that the device has or go back far enough."""
    offered, newcomer = fleet.accept(), fleet.accept()
    update(fleet, device)
    undone = fleet.deploy(offered)
    assert fleet.poll(offered)
    for _ in range(ROWS_OF_SESSION - 1):
        update(fleet, device)
    roll_back(fleet.service, WORKSPACE, undone, NOW)
    for each in (device, newcomer):
        with budget(fleet, calls=2, read=2, write=NO_WRITES):
            assert fleet.poll(each) is None


def test_a_device_that_was_given_back_what_it_had_polls_as_any_other(fleet: Fleet, device: Claims) -> None:
    """Though its mark stands before the roll back, which goes on for others."""
    fleet.upload("app-0")
    other = fleet.accept()
    undone = update(fleet, device, other)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, undoing, Status.SUCCESS)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        assert fleet.poll(device) is None


def update(fleet: Fleet, *devices: Claims) -> str:
    """Let devices install something."""
    deployment_id = fleet.deploy(*devices)
    for device in devices:
        fleet.poll(device)
        fleet.report(device, deployment_id, Status.SUCCESS)
    return deployment_id


PHASES = tuple(PlannedPhase(percent=25) for _ in range(3))
BOUNDS = {
    "pace": Plan((*PHASES, PlannedPhase()), pace=Pace(800)),
    "growing pace": Plan((*PHASES, PlannedPhase()), pace=Pace(10, 2.0, 100, most=800)),
    "cap": Plan((*PHASES, PlannedPhase()), most_in_flight=4_000),
    "pace and cap": Plan((*PHASES, PlannedPhase()), pace=Pace(100), most_in_flight=500),
}
"""The widest that are held to the budget: beyond them there are more counter shards to look at."""
SEEN_IN = dict.fromkeys((Status.DOWNLOADING, Status.INSTALLING, Status.REBOOTING, Status.SUCCESS), 400000) | {
    ended_in(phase, status): 100_000 for phase in range(4) for status in (Status.SUCCESS, Status.FAILURE)
}
"""What a counter shard holds in the middle of a rollout to millions."""


@dataclass(frozen=True)
class Bounded:
    """A deployment that counts whom it lets in, in the middle of its way, with all of its counter shards full of it."""

    fleet: Fleet
    device: Claims
    """One of its devices, in an open phase."""
    id: str
    shards: int

    def spend_pace(self, per_shard: int) -> None:
        """Let in what the pace allows, in as many batches as have to be remembered at most."""
        moments = (to_microseconds(NOW - timedelta(seconds=3 * number)) for number in reversed(range(20)))
        spent = [part for moment in moments for part in (moment, per_shard // 20)]
        for shard in range(self.shards):
            self.fleet.table.write(Update(keys.counter_shard(WORKSPACE, self.id, shard), set={"minute": spent}))

    def count(self, **moved: int) -> None:
        for shard in range(self.shards):
            self.fleet.table.write(Update(keys.counter_shard(WORKSPACE, self.id, shard), add=moved))


def bounded(fleet: Fleet, device: Claims, target: str, plan: Plan) -> Bounded:
    devices = [device, *(fleet.accept() for _ in range(7))]
    for each in devices:
        fleet.tell(each, os="linux")
    fleet.put_in_group("lab", *devices)
    definition = {
        "list": fleet.definition(*devices),
        "all devices": fleet.definition(),
        "group": TO_THE_LAB,
        "filter": by_filter(fleet),
    }[target]
    made = create_deployment(fleet.service, WORKSPACE, replace(definition, plan=plan), NOW)
    advance(fleet.service, WORKSPACE, made, NOW)
    it = Bounded(fleet, device, made, load(fleet.service, WORKSPACE, made).deployment.shards)
    it.count(**{str(name): number for name, number in SEEN_IN.items()})
    return it


@pytest.fixture(name="_large")
def _a_large_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the number of devices there would be as many shards as there can be."""
    monkeypatch.setattr(creation, "shards_for", lambda _: 256)
    monkeypatch.setattr(creation, "SHARDS_OF_OPEN_TARGET", 256)


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("target", ["list", "all devices", "group"])
def test_a_first_offer_under_a_pace_or_a_cap(fleet: Fleet, device: Claims, target: str, bound: str) -> None:
    it = bounded(fleet, device, target, BOUNDS[bound])
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(it.device)


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("bound", BOUNDS)
def test_a_first_offer_by_a_filter_under_a_pace_or_a_cap(fleet: Fleet, device: Claims, bound: str) -> None:
    """One call more, and no unit: what a filter goes by, and the counters with their head, lie in two partitions."""
    it = bounded(fleet, device, "filter", BOUNDS[bound])
    with budget(fleet, calls=6, read=5, write=6):
        assert fleet.poll(it.device)


def test_a_first_offer_by_a_filter_under_a_plan_without_either(fleet: Fleet, device: Claims) -> None:
    it = bounded(fleet, device, "filter", Plan((*PHASES, PlannedPhase())))
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(it.device)


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize(("target", "calls"), [("list", 5), ("all devices", 5), ("group", 5), ("filter", 6)])
def test_an_offer_that_ends_there_under_a_pace_or_a_cap(
    fleet: Fleet, device: Claims, target: str, calls: int, bound: str
) -> None:
    it = bounded(fleet, device, target, BOUNDS[bound])
    with budget(fleet, calls=calls, read=5, write=8):
        assert fleet.poll(it.device, board="another board") is None


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("target", ["list", "all devices", "group", "filter"])
def test_a_poll_that_a_pace_or_a_cap_holds_back_costs_no_more_than_an_offer_again(
    fleet: Fleet, device: Claims, target: str, bound: str
) -> None:
    """Of a large fleet most polls are such: one query for head and counters, and what a filter goes by."""
    it = bounded(fleet, device, target, BOUNDS[bound])
    it.count(**{ADMITTED: 10_000, IN_FLIGHT: 10_000})
    if BOUNDS[bound].pace:
        it.spend_pace(200)
    by_a_filter = target == "filter"
    with budget(fleet, calls=3 + by_a_filter, read=3 + by_a_filter, write=NO_WRITES):
        assert fleet.poll(it.device) is None


@pytest.mark.parametrize(("target", "reads"), [("list", 3), ("all devices", 3), ("group", 3), ("filter", 4)])
def test_a_poll_during_a_pause_costs_no_more_than_an_offer_again(
    fleet: Fleet, device: Claims, target: str, reads: int
) -> None:
    """As one before the start, outside of a window, or before the device's phase opens: the head says so."""
    it = bounded(fleet, device, target, Plan((*PHASES, PlannedPhase())))
    pause_deployment(fleet.service, WORKSPACE, it.id, KEY, NOW)
    with budget(fleet, calls=3, read=reads, write=NO_WRITES):
        assert fleet.poll(it.device) is None


@pytest.mark.usefixtures("_large")
def test_another_attempt_under_a_cap_costs_what_the_first_does(fleet: Fleet, device: Claims) -> None:
    it = bounded(fleet, device, "all devices", replace(BOUNDS["cap"], retry=RetryPolicy(attempts=2)))
    assert fleet.poll(it.device)
    fleet.report(it.device, it.id, Status.FAILURE)
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(it.device)


def test_the_same_offer_under_a_plan_again(fleet: Fleet, planned: str, device: Claims) -> None:
    at_work(fleet, planned, device)
    assert fleet.poll(device)
    with budget(fleet, calls=4, read=4, write=NO_WRITES):
        assert fleet.poll(device)


def test_reports_under_a_plan(fleet: Fleet, planned: str, device: Claims) -> None:
    """A repeated one reads one unit more than the table has, until the device has ended.

    What writes nothing meets no fence: only the head says whether the deployment was aborted meanwhile, which the
    device is to be told at once.
    """
    at_work(fleet, planned, device)
    assert fleet.poll(device)
    with budget(fleet, calls=2, read=1, write=6):
        fleet.report(device, planned, Status.INSTALLING)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        fleet.report(device, planned, Status.INSTALLING)
    with budget(fleet, calls=2, read=1, write=8):
        fleet.report(device, planned, Status.SUCCESS)
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        fleet.report(device, planned, Status.SUCCESS)


def test_the_statistics_of_a_planned_deployment_are_one_query(fleet: Fleet, planned: str, device: Claims) -> None:
    at_work(fleet, planned, device)
    fleet.poll(device)
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        load(fleet.service, WORKSPACE, planned)


def waiting(fleet: Fleet, device: Claims, plan: Plan) -> Bounded:
    """One whose last look has opened all that it could."""
    it = bounded(fleet, device, "filter", plan)
    advance(fleet.service, WORKSPACE, it.id, NOW)
    return it


@pytest.mark.parametrize("shards", [1, 256])
def test_a_look_reads_plan_and_head_twice_the_counters_once_and_who_keeps_silent(
    fleet: Fleet, device: Claims, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    """Of the plan and the head first, for who keeps silent: that takes two queries for each part of the index."""
    monkeypatch.setattr(creation, "SHARDS_OF_OPEN_TARGET", shards)
    it = waiting(fleet, device, WIDE_PLAN)
    with measured(fleet.table) as meter:
        parts = load(fleet.service, WORKSPACE, it.id).deployment.index_parts
    with budget(fleet, calls=2 * 2 + 2 * parts + 1, read=3 + meter.usage.read_units + parts, write=3):
        advance_rollout(fleet.service, WORKSPACE, it.id, 0, NOW)


@pytest.mark.usefixtures("_large")
def test_a_look_at_as_many_counters_as_there_can_be_costs_what_dry_runs_charge(fleet: Fleet, device: Claims) -> None:
    it = waiting(fleet, device, WIDE_PLAN)
    with budget(fleet, calls=40, read=LOOK.read_units, write=LOOK.write_units):
        advance_rollout(fleet.service, WORKSPACE, it.id, 0, NOW)
        begin_wait(fleet.service, WORKSPACE, it.id, 0, "token")


@pytest.mark.usefixtures("device")
def test_what_operators_and_executions_do_costs_the_same_for_a_million_devices(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten and a million are what the search for an open target is made to say that there are."""
    costs = []
    for size in (10, 1_000_000):
        monkeypatch.setattr(aims, "find_ids", lambda *_, size=size: [str(number) for number in range(size)])
        with measured(fleet.table) as meter:
            made = create_deployment(fleet.service, WORKSPACE, replace(by_filter(fleet), name=f"to {size}"), NOW)
            pause_deployment(fleet.service, WORKSPACE, made, KEY, NOW)
            advance(fleet.service, WORKSPACE, made, NOW)
            abort_deployment(fleet.service, WORKSPACE, made, NOW)
        costs.append(meter.usage)
    assert costs[0] == costs[1]


def test_a_deployment_is_shown_with_one_read(fleet: Fleet, planned: str) -> None:
    """The head with its counters, the plan, and what its execution remembers."""
    with cost(fleet, calls=1, read=1, write=NO_WRITES):
        view_deployment(fleet.service, WORKSPACE, planned)


def test_an_explanation_reads_what_a_poll_reads_and_the_deployment(fleet: Fleet, planned: str, device: Claims) -> None:
    with budget(fleet, calls=8, read=8, write=NO_WRITES):
        explain(fleet.service, WORKSPACE, planned, str(device["sub"]), NOW)


def test_a_change_of_the_plan_is_one_transaction_of_head_and_plan(fleet: Fleet, planned: str) -> None:
    """Two items, and the mark of the execution, which moves in its index."""
    first, *others = PLAN.phases
    changed = (first, *(replace(phase, start=NOW + timedelta(hours=1 + n)) for n, phase in enumerate(others)))
    with budget(fleet, calls=2, read=1, write=2 * 2 + 2):
        change_phases(fleet.service, WORKSPACE, planned, changed, NOW, by=KEY)
