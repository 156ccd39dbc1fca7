"""Rolling back what devices ask for: each gets back what it had, unless it has gone on since (design section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import time, timedelta

import pytest

from sluiceway.domain.counters import statistics
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import ArtifactInUse, DeploymentState, NotFound
from sluiceway.domain.event import EventType
from sluiceway.domain.holds import Reason
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.windows import Window
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.decommission import withdraw_device
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.deployment_events import history
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.sessions import ROWS_OF_SESSION
from sluiceway.usecases.steer_deployment import pause_deployment
from tests.engine.planned import ask_why, deploy, name, progress, reasons, statuses
from tests.support.app import NOW
from tests.support.executions import advance
from tests.support.fleet import BOARD, WORKSPACE, Fleet

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def fleet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setattr(creation, "shards_for", lambda _: 4)
    table: Table = MemoryTable() if request.param == "memory" else request.getfixturevalue("engine_table")
    return Fleet(table)


def succeed(fleet: Fleet, device: Claims, deployment_id: str, *, installed: str) -> None:
    """Let a device be offered a deployment, and bring it to a good end."""
    offer = fleet.poll(device, installed=installed)
    assert offer
    assert offer.deployment_id == deployment_id
    fleet.report(device, deployment_id, Status.SUCCESS)


def updated(fleet: Fleet, *devices: Claims) -> str:
    """Deploy `app-1` to devices that have `app-0`, which is there to go back to."""
    fleet.upload("app-0")
    deployment_id = deploy(fleet, Plan(), *devices)
    for device in devices:
        succeed(fleet, device, deployment_id, installed="app-0")
    return deployment_id


def told(fleet: Fleet, deployment_id: str) -> list[EventType]:
    return [entry.happening.type for entry in history(fleet.service, WORKSPACE, deployment_id)]


def counted(fleet: Fleet, deployment_id: str) -> dict[Status, int]:
    found = progress(fleet, deployment_id)
    return {status: count for status, count in statistics(found.deployment, found.tally).items() if count}


def test_a_roll_back_gives_each_device_back_what_it_had(fleet: Fleet) -> None:
    fleet.upload("app-0")
    fleet.upload("app-x")
    done, working, untouched = fleet.accept(), fleet.accept(), fleet.accept()
    deployment_id = deploy(fleet, Plan(), done, working, untouched)
    assert fleet.poll(done, installed="app-0")
    fleet.report(done, deployment_id, Status.SUCCESS)
    assert fleet.poll(working, installed="app-x")
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert roll_back(fleet.service, WORKSPACE, deployment_id, NOW) == undoing
    assert progress(fleet, deployment_id).deployment.is_withdrawn

    assert statuses(fleet, undoing) == {name(done): Status.PENDING, name(working): Status.PENDING}
    assert not fleet.poll(untouched)
    with pytest.raises(NotFound):
        fleet.report(untouched, undoing, Status.SUCCESS)
    offer = fleet.poll(done, installed="app-1")
    assert offer
    assert (offer.deployment_id, offer.artifact.name) == (undoing, "app-0")
    assert not fleet.poll(working, installed="app-x"), "it never left it"
    fleet.report(done, undoing, Status.SUCCESS)
    after = progress(fleet, undoing)
    assert after.has_finished
    assert {status: n for status, n in statistics(after.deployment, after.tally).items() if n} == {
        Status.SUCCESS: 1,
        Status.ALREADY_INSTALLED: 1,
    }


def test_a_roll_back_reaches_who_has_tried_much_since(fleet: Fleet) -> None:
    """More than the newest rows show, which a poll reads first."""
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    for _ in range(ROWS_OF_SESSION):
        failing = deploy(fleet, Plan(), device, release="app-2")
        assert fleet.poll(device, installed="app-1")
        fleet.report(device, failing, Status.FAILURE)
    succeed(fleet, device, roll_back(fleet.service, WORKSPACE, undone, NOW), installed="app-1")


def test_a_roll_back_leaves_alone_who_has_succeeded_in_a_later_deployment(fleet: Fleet) -> None:
    gone_on, stayed = fleet.accept(), fleet.accept()
    undone = updated(fleet, gone_on, stayed)
    fleet.upload("app-2")
    succeed(fleet, gone_on, deploy(fleet, Plan(), gone_on, release="app-2"), installed="app-1")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert reasons(fleet, undoing, gone_on) == [Reason.HAS_NEWER]
    assert fleet.poll(gone_on, installed="app-2") is None
    assert reasons(fleet, undoing, gone_on) == [Reason.SUPERSEDED, Reason.PART_ENDED]
    succeed(fleet, stayed, undoing, installed="app-1")
    assert counted(fleet, undoing) == {Status.SUPERSEDED: 1, Status.SUCCESS: 1}
    assert progress(fleet, undoing).has_finished
    assert fleet.poll(gone_on, installed="app-2") is None


WAITING = {
    "an unopened phase": Plan((PlannedPhase(devices=1), PlannedPhase(start=NOW + timedelta(days=7)))),
    "a pause": Plan(),
    "a window": Plan(windows=(Window(frozenset(range(7)), time(20), HOUR),)),
    "nothing, and more urgent": Plan(priority=10),
    "nothing, and less urgent": Plan(priority=-10),
}


@pytest.mark.parametrize("held_by", WAITING)
def test_a_roll_back_goes_ahead_of_what_a_device_was_not_offered_and_ends_none_of_it(
    fleet: Fleet, held_by: str
) -> None:
    devices = [fleet.accept(), fleet.accept()]
    undone = updated(fleet, *devices)
    fleet.upload("app-2")
    waiting = deploy(fleet, WAITING[held_by], *devices, release="app-2")
    if held_by == "a pause":
        pause_deployment(fleet.service, WORKSPACE, waiting, "key", NOW)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    for device in devices:
        assert reasons(fleet, undoing, device) == []
        assert ask_why(fleet, waiting, device).ahead == undoing
        succeed(fleet, device, undoing, installed="app-1")
    assert counted(fleet, waiting) == {Status.PENDING: 2}


def test_a_device_that_was_rolled_back_gets_in_its_turn_what_waited_for_it(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    waiting = [deploy(fleet, Plan(), device, release=each) for each in ("app-2", "app-1")]
    succeed(fleet, device, roll_back(fleet.service, WORKSPACE, undone, NOW), installed="app-1")
    succeed(fleet, device, waiting[0], installed="app-0")
    succeed(fleet, device, waiting[1], installed="app-2")
    assert fleet.poll(device) is None


def test_a_roll_back_waits_for_what_the_device_works_on_and_then_leaves_alone_who_succeeded_in_that(
    fleet: Fleet,
) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    newer = deploy(fleet, Plan(), device, release="app-2")
    assert fleet.poll(device, installed="app-1")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert ask_why(fleet, undoing, device).ahead == newer
    fleet.report(device, newer, Status.SUCCESS)
    assert fleet.poll(device, installed="app-2") is None
    assert counted(fleet, undoing) == {Status.SUPERSEDED: 1}


def test_a_roll_back_does_not_wait_for_another_attempt_of_what_has_failed(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    twice = deploy(fleet, Plan(retry=RetryPolicy(attempts=2, base=HOUR)), device, release="app-2")
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, twice, Status.FAILURE)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-1")
    assert reasons(fleet, twice, device) == [Reason.RETRY_LATER]
    later = fleet.poll(device, installed="app-0", now=NOW + 2 * HOUR)
    assert later
    assert later.deployment_id == twice


def test_another_attempt_after_a_roll_back_goes_back_to_what_that_gave(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    twice = deploy(fleet, Plan(retry=RetryPolicy(attempts=2, base=HOUR)), device, release="app-2")
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, twice, Status.FAILURE)
    succeed(fleet, device, roll_back(fleet.service, WORKSPACE, undone, NOW), installed="app-1")
    assert fleet.poll(device, installed="app-0", now=NOW + 2 * HOUR)
    fleet.report(device, twice, Status.SUCCESS, now=NOW + 2 * HOUR)
    roll_back(fleet.service, WORKSPACE, twice, NOW + 2 * HOUR)
    offer = fleet.poll(device, installed="app-2", now=NOW + 3 * HOUR)
    assert offer
    assert offer.artifact.name == "app-0"


def test_what_a_device_says_between_two_attempts_is_not_what_it_had_before(fleet: Fleet) -> None:
    device = fleet.accept()
    fleet.upload("app-0")
    twice = deploy(fleet, Plan(retry=RetryPolicy(attempts=2, base=HOUR)), device)
    assert fleet.poll(device, installed="app-0")
    fleet.report(device, twice, Status.FAILURE)
    assert fleet.poll(device, installed="app-0_INCONSISTENT", now=NOW + 2 * HOUR)
    fleet.report(device, twice, Status.SUCCESS, now=NOW + 2 * HOUR)
    roll_back(fleet.service, WORKSPACE, twice, NOW + 2 * HOUR)
    offer = fleet.poll(device, installed="app-1", now=NOW + 3 * HOUR)
    assert offer
    assert offer.artifact.name == "app-0"


def test_a_roll_back_takes_back_who_failed_in_a_later_deployment(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    newer = deploy(fleet, Plan(), device, release="app-2")
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, newer, Status.FAILURE)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-1")


@pytest.mark.parametrize("pick", [tuple, reversed])
def test_of_two_deployments_the_newer_is_rolled_back_on_the_device_before_the_older(
    fleet: Fleet, pick: Callable[[Sequence[str]], Iterable[str]]
) -> None:
    device = fleet.accept()
    older = updated(fleet, device)
    fleet.upload("app-2")
    newer = deploy(fleet, Plan(), device, release="app-2")
    succeed(fleet, device, newer, installed="app-1")
    undoing = {each: roll_back(fleet.service, WORKSPACE, each, NOW) for each in pick((older, newer))}
    assert ask_why(fleet, undoing[older], device).ahead == undoing[newer]
    succeed(fleet, device, undoing[newer], installed="app-2")
    offer = fleet.poll(device, installed="app-1")
    assert offer
    assert (offer.deployment_id, offer.artifact.name) == (undoing[older], "app-0")


def test_a_roll_back_remembers_a_success_however_much_has_ended_since(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    succeed(fleet, device, deploy(fleet, Plan(), device, release="app-2"), installed="app-1")
    for _ in range(6):
        failed = deploy(fleet, Plan(), device)
        assert fleet.poll(device, installed="app-2")
        fleet.report(device, failed, Status.FAILURE)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert fleet.poll(device, installed="app-2") is None
    assert counted(fleet, undoing) == {Status.SUPERSEDED: 1}


def test_a_roll_back_passed_by_lets_the_device_have_what_is_newer_in_the_same_poll(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    succeed(fleet, device, deploy(fleet, Plan(), device, release="app-2"), installed="app-1")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, deploy(fleet, Plan(), device), installed="app-2")
    assert counted(fleet, undoing) == {Status.SUPERSEDED: 1}


def test_a_roll_back_withdraws_a_success_of_its_own_and_leaves_that_of_what_it_undoes(fleet: Fleet) -> None:
    """Also where what was ended before is newer than what it undoes."""
    fleet.upload("app-0")
    fleet.upload("app-2")
    device = fleet.accept()
    undone = deploy(fleet, Plan(withdraws_success=True), device)
    succeed(fleet, device, undone, installed="app-0")
    failing = deploy(fleet, Plan(), device, release="app-2")
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, failing, Status.FAILURE)
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-1")
    assert fleet.poll(device, installed="app-0") is None
    assert (counted(fleet, undone), counted(fleet, undoing)) == ({Status.SUCCESS: 1}, {Status.SUCCESS: 1})
    assert fleet.poll(device, installed="app-1") is None
    assert counted(fleet, undoing) == {Status.FAILURE: 1}


def test_after_a_roll_back_the_success_before_it_can_be_withdrawn_still(fleet: Fleet) -> None:
    fleet.upload("app-2")
    device = fleet.accept()
    kept = deploy(fleet, Plan(), device)
    succeed(fleet, device, kept, installed="app-0")
    undone = deploy(fleet, Plan(), device, release="app-2")
    succeed(fleet, device, undone, installed="app-1")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-2")
    assert fleet.poll(device, installed="app-1") is None
    assert counted(fleet, kept) == {Status.SUCCESS: 1}
    assert fleet.poll(device, installed="app-0") is None
    assert counted(fleet, kept) == {Status.FAILURE: 1}
    assert counted(fleet, undone) == counted(fleet, undoing) == {Status.SUCCESS: 1}


def test_an_aborted_roll_back_holds_nothing_back_that_is_newer_than_what_it_undoes(fleet: Fleet) -> None:
    device = fleet.accept()
    undone = updated(fleet, device)
    fleet.upload("app-2")
    waiting = deploy(fleet, Plan(), device, release="app-2")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert fleet.poll(device, installed="app-1")
    abort_deployment(fleet.service, WORKSPACE, undoing, NOW)
    succeed(fleet, device, waiting, installed="app-1")


def test_a_roll_back_in_a_history_that_was_deleted_is_made_again_before_what_waits(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    undone = updated(fleet, device, other)
    fleet.upload("app-2")
    waiting = deploy(fleet, Plan(), device, release="app-2")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-1")
    delete_history(fleet.service, WORKSPACE, name(device), NOW)
    succeed(fleet, device, undoing, installed="app-1")
    succeed(fleet, device, waiting, installed="app-0")


def test_a_roll_back_counts_silence_as_the_first_did_and_its_execution_tells_beginning_and_end(fleet: Fleet) -> None:
    fleet.upload("app-0")
    device = fleet.accept()
    undone = deploy(fleet, Plan(deadlines=Deadlines(offered=HOUR)), device)
    succeed(fleet, device, undone, installed="app-0")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    assert (WORKSPACE, undoing, 0) in fleet.rollouts.started
    assert fleet.poll(device, installed="app-1")
    assert advance(fleet.service, WORKSPACE, undoing, NOW)
    advance(fleet.service, WORKSPACE, undoing, NOW + HOUR)
    assert counted(fleet, undoing) == {Status.TIMED_OUT: 1}
    assert progress(fleet, undoing).has_finished
    assert advance(fleet.service, WORKSPACE, undoing, NOW + 2 * HOUR) is None
    assert told(fleet, undoing) == [
        EventType.DEPLOYMENT_CREATED,
        EventType.DEPLOYMENT_PHASE_OPENED,
        EventType.DEPLOYMENT_FINISHED,
    ]


def test_a_roll_back_of_what_had_no_plan_has_an_execution_too(fleet: Fleet) -> None:
    fleet.upload("app-0")
    device = fleet.accept()
    undone = fleet.deploy(device)
    succeed(fleet, device, undone, installed="app-0")
    undoing = roll_back(fleet.service, WORKSPACE, undone, NOW)
    succeed(fleet, device, undoing, installed="app-1")
    assert advance(fleet.service, WORKSPACE, undoing, NOW) is None
    assert told(fleet, undoing)[-1] is EventType.DEPLOYMENT_FINISHED


def test_what_a_roll_back_gives_back_cannot_be_deleted_before_it_is_over(fleet: Fleet) -> None:
    before = fleet.upload("app-0")
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan(), device)
    assert fleet.poll(device, installed="app-0")
    fleet.report(device, deployment_id, Status.SUCCESS)
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert fleet.poll(device, installed="app-1")
    with pytest.raises(ArtifactInUse):
        delete_artifact(fleet.service, WORKSPACE, before.id, NOW)
    fleet.report(device, undoing, Status.SUCCESS)
    delete_artifact(fleet.service, WORKSPACE, before.id, NOW)


def test_who_had_it_already_gets_nothing_back(fleet: Fleet) -> None:
    offered, had_it = fleet.accept(), fleet.accept()
    deployment_id = deploy(fleet, Plan(), offered, had_it)
    assert fleet.poll(offered)
    assert not fleet.poll(had_it, installed="app-1")
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert statuses(fleet, undoing).keys() == {name(offered)}
    assert not fleet.poll(had_it, installed="app-2")


def test_a_roll_back_leaves_out_who_was_removed_before_it(fleet: Fleet) -> None:
    fleet.upload("app-0")
    removed, kept = fleet.accept(), fleet.accept()
    deployment_id = deploy(fleet, Plan(), removed, kept)
    assert all(fleet.poll(device) for device in (removed, kept))
    withdraw_device(fleet.service, WORKSPACE, name(removed), NOW)
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert statuses(fleet, undoing) == {name(kept): Status.PENDING}
    assert progress(fleet, undoing).deployment.size == 1


def test_what_a_roll_back_gives_a_device_is_explained_by_what_that_had(fleet: Fleet) -> None:
    fleet.upload("app-0")
    device = fleet.accept()
    fleet.tell(device, device_type=BOARD)
    deployment_id = deploy(fleet, Plan(), device)
    assert fleet.poll(device)
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert reasons(fleet, undoing, device) == []


def test_a_deployment_that_offered_nobody_anything_goes_on_when_its_roll_back_is_refused(fleet: Fleet) -> None:
    deployment_id = deploy(fleet, Plan(), fleet.accept())
    with pytest.raises(DeploymentState, match=r"nothing to give back; `POST …/abort` stops it"):
        roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert not progress(fleet, deployment_id).deployment.is_over


def test_a_roll_back_is_not_rolled_back_and_goes_on(fleet: Fleet) -> None:
    device = fleet.accept()
    undoing = roll_back(fleet.service, WORKSPACE, updated(fleet, device), NOW)
    with pytest.raises(DeploymentState, match=r"itself a roll back; `POST …/abort` stops it"):
        roll_back(fleet.service, WORKSPACE, undoing, NOW)
    succeed(fleet, device, undoing, installed="app-1")


def test_what_was_aborted_without_having_offered_anything_has_nothing_to_give_back(fleet: Fleet) -> None:
    deployment_id = deploy(fleet, Plan(), fleet.accept())
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW)
    with pytest.raises(DeploymentState, match=r"nothing to give back$"):
        roll_back(fleet.service, WORKSPACE, deployment_id, NOW)


def test_after_an_abort_of_its_roll_back_a_deployment_is_rolled_back_anew_for_an_operator(fleet: Fleet) -> None:
    given_back, working, waiting = devices = [fleet.accept() for _ in range(3)]
    undone = updated(fleet, *devices)
    first = roll_back(fleet.service, WORKSPACE, undone, NOW, by="key")
    succeed(fleet, given_back, first, installed="app-1")
    assert fleet.poll(working, installed="app-1")
    assert roll_back(fleet.service, WORKSPACE, undone, NOW, by="key") == first
    abort_deployment(fleet.service, WORKSPACE, first, NOW)
    assert roll_back(fleet.service, WORKSPACE, undone, NOW) == first, "an execution decides once"

    second = roll_back(fleet.service, WORKSPACE, undone, NOW, by="key")
    assert second != first
    assert roll_back(fleet.service, WORKSPACE, undone, NOW, by="key") == second
    assert progress(fleet, undone).deployment.rolled_back_by == second
    told_of = [entry.happening.rolled_back_by for entry in history(fleet.service, WORKSPACE, undone)]
    assert told_of[-2:] == [first, second]
    for device in (working, waiting):
        assert reasons(fleet, second, device) == []
        succeed(fleet, device, second, installed="app-1")
    assert reasons(fleet, second, given_back) == [Reason.HAS_NEWER]
    assert fleet.poll(given_back, installed="app-5") is None
    assert counted(fleet, second) == {Status.SUCCESS: 2, Status.SUPERSEDED: 1}
    assert progress(fleet, second).has_finished


@pytest.mark.parametrize("ended", [Status.FAILURE, Status.TIMED_OUT, Status.NOARTIFACT])
def test_a_roll_back_that_ended_in_vain_for_a_device_is_made_anew_for_an_operator(fleet: Fleet, ended: Status) -> None:
    given_back, left = fleet.accept(), fleet.accept()
    fleet.upload("app-0")
    minute = timedelta(minutes=1)
    undone = deploy(fleet, Plan(deadlines=Deadlines(offered=minute)), given_back, left)
    for device in (given_back, left):
        succeed(fleet, device, undone, installed="app-0")
    first = roll_back(fleet.service, WORKSPACE, undone, NOW, by="key")
    succeed(fleet, given_back, first, installed="app-1")
    end_in_vain(fleet, left, first, ended)
    later = NOW + 2 * minute
    assert counted(fleet, first) == {Status.SUCCESS: 1, ended: 1}
    assert roll_back(fleet.service, WORKSPACE, undone, later) == first, "an execution decides once"

    second = roll_back(fleet.service, WORKSPACE, undone, later, by="key")
    assert second != first
    assert roll_back(fleet.service, WORKSPACE, undone, later, by="key") == second
    told_of = [entry.happening.rolled_back_by for entry in history(fleet.service, WORKSPACE, undone)]
    assert told_of[-2:] == [first, second]
    assert fleet.poll(given_back, installed="app-0", now=later) is None
    offer = fleet.poll(left, installed="app-1", now=later)
    assert offer
    assert (offer.deployment_id, offer.artifact.name) == (second, "app-0")
    fleet.report(left, second, Status.SUCCESS, now=later)
    assert counted(fleet, second) == {Status.SUCCESS: 1, Status.SUPERSEDED: 1}
    assert roll_back(fleet.service, WORKSPACE, undone, later, by="key") == second, "all have it back"


def end_in_vain(fleet: Fleet, device: Claims, deployment_id: str, ended: Status) -> None:
    """Let a device have no artifact that fits it, or be offered something that fails or is never heard of again."""
    if ended is Status.NOARTIFACT:
        assert not fleet.poll(device, installed="app-1", board="another")
        return
    assert fleet.poll(device, installed="app-1")
    if ended is Status.FAILURE:
        fleet.report(device, deployment_id, Status.FAILURE)
    advance(fleet.service, WORKSPACE, deployment_id, NOW + timedelta(minutes=2))


def test_a_roll_back_that_came_back_is_made_by_the_next_one(fleet: Fleet) -> None:
    fleet.upload("app-0")
    device, other = fleet.accept(), fleet.accept()
    undone = deploy(fleet, Plan(withdraws_success=True), device, other)
    for each in (device, other):
        succeed(fleet, each, undone, installed="app-0")
    first = roll_back(fleet.service, WORKSPACE, undone, NOW, by="key")
    succeed(fleet, device, first, installed="app-1")
    assert fleet.poll(device, installed="app-1") is None
    abort_deployment(fleet.service, WORKSPACE, first, NOW)
    succeed(fleet, device, roll_back(fleet.service, WORKSPACE, undone, NOW, by="key"), installed="app-1")
