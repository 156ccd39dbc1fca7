"""A deployment by a filter: whoever meets it when it asks takes part, and nobody else (mender contract 8.4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sluiceway.domain.counters import let_in, statistics
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentAborted, Invalid, NotFound, TooManyOpenTargets
from sluiceway.domain.inventory_search import GROUP, Operator, Place, Scope, Term
from sluiceway.domain.phases import WantedPhase
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Delete, Put, Query, Table
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.next_deployment import Offer
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.executions import advance
from tests.support.fleet import LINUX, WORKSPACE, Fleet

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def fleet(request: pytest.FixtureRequest) -> Fleet:
    table: Table = MemoryTable() if request.param == "memory" else request.getfixturevalue("engine_table")
    return Fleet(table)


def accept(fleet: Fleet, **attributes: str) -> Claims:
    """A device that has told this of itself."""
    device = fleet.accept()
    fleet.tell(device, **attributes)
    return device


def progress(fleet: Fleet, deployment_id: str) -> Progress:
    return load(fleet.service, WORKSPACE, deployment_id)


def counts(fleet: Fleet, deployment_id: str) -> dict[str, int]:
    """The statistics without zeros; they add up to the devices of the list."""
    shown = progress(fleet, deployment_id)
    found = {str(status): n for status, n in statistics(shown.deployment, shown.tally).items() if n}
    assert sum(found.values()) == len(deployment_devices(fleet.service, shown))
    return found


def offered(*offers: Offer | None) -> int:
    return sum(offer is not None for offer in offers)


def test_who_meets_the_filter_when_it_asks_takes_part_and_nobody_else(fleet: Fleet) -> None:
    one, other = accept(fleet, os="linux"), accept(fleet, os="zephyr")
    deployment_id = fleet.deploy_to_filter(LINUX)
    assert counts(fleet, deployment_id) == {}
    assert offered(fleet.poll(one), fleet.poll(other)) == 1
    assert counts(fleet, deployment_id) == {"pending": 1}


def test_a_device_that_comes_later_takes_part(fleet: Fleet) -> None:
    deployment_id = fleet.deploy_to_filter(LINUX)
    late = accept(fleet, os="linux")
    assert fleet.poll(late)
    fleet.report(late, deployment_id, Status.SUCCESS)
    assert counts(fleet, deployment_id) == {"success": 1}
    assert progress(fleet, deployment_id).deployment.size == 0


def test_what_counts_is_what_is_known_when_the_device_asks(fleet: Fleet) -> None:
    device = accept(fleet, os="zephyr")
    deployment_id = fleet.deploy_to_filter(LINUX)
    assert fleet.poll(device) is None
    fleet.tell(device, os="linux")
    assert fleet.poll(device)
    fleet.tell(device, os="zephyr")
    assert fleet.poll(device)
    fleet.report(device, deployment_id, Status.INSTALLING)
    assert counts(fleet, deployment_id) == {"installing": 1}


@pytest.mark.parametrize(
    "term",
    [
        Term(GROUP, Operator.EQUAL, "lab"),
        Term(Place(Scope.IDENTITY, "status"), Operator.EQUAL, "accepted"),
        Term(Place(Scope.IDENTITY, "mac"), Operator.EXISTS, operand=True),
        Term(Place(Scope.IDENTITY, "mac"), Operator.NOT_EQUAL, "another"),
        Term(Place(Scope.SYSTEM, "created_ts"), Operator.LESS, "9999"),
        Term(Place(Scope.TAGS, "canary"), Operator.EXISTS, operand=False),
        Term(Place(Scope.INVENTORY, "os"), Operator.IN, ("linux", "qnx")),
    ],
)
def test_every_scope_can_tell_a_target(fleet: Fleet, term: Term) -> None:
    device = accept(fleet, os="linux")
    fleet.put_in_group("lab", device)
    fleet.deploy_to_filter(term)
    assert fleet.poll(device)


def test_a_filter_finds_nobody_by_an_identity_that_is_on_the_move(fleet: Fleet) -> None:
    """Without its entry in the list of devices nothing is known of a device's identity, so not that it differs."""
    device = fleet.accept()
    fleet.deploy_to_filter(Term(Place(Scope.IDENTITY, "mac"), Operator.NOT_EQUAL, "another"))
    (entry,) = fleet.table.query(Query(keys.device_directory(WORKSPACE))).records
    fleet.table.write(Delete(entry.key))
    assert fleet.poll(device) is None
    fleet.table.write(Put(entry.key, entry.item))
    assert fleet.poll(device)


def test_many_that_ask_at_once_are_each_counted_once(fleet: Fleet) -> None:
    devices = [accept(fleet, os="linux") for _ in range(12)]
    deployment_id = fleet.deploy_to_filter(LINUX)
    with ThreadPoolExecutor(len(devices)) as pool:
        assert offered(*pool.map(fleet.poll, [*devices, *devices])) == 24
    assert counts(fleet, deployment_id) == {"pending": 12}


def test_it_never_finishes_by_itself(fleet: Fleet) -> None:
    device = accept(fleet, os="linux")
    deployment_id = fleet.deploy_to_filter(LINUX)
    fleet.poll(device)
    fleet.report(device, deployment_id, Status.SUCCESS)
    assert not settle_finished(fleet.service, WORKSPACE, deployment_id)
    assert fleet.poll(accept(fleet, os="linux"))


def test_it_finishes_when_as_many_devices_have_as_it_takes(fleet: Fleet) -> None:
    devices = [accept(fleet, os="linux") for _ in range(5)]
    deployment_id = fleet.deploy_to_filter(LINUX, most_devices=2)
    with ThreadPoolExecutor(len(devices)) as pool:
        offers = list(pool.map(fleet.poll, devices))
    assert offered(*offers) == 2
    for device, offer in zip(devices, offers, strict=True):
        if offer:
            assert not progress(fleet, deployment_id).has_finished
            fleet.report(device, deployment_id, Status.SUCCESS)
    assert settle_finished(fleet.service, WORKSPACE, deployment_id)
    assert fleet.poll(accept(fleet, os="linux")) is None
    assert counts(fleet, deployment_id) == {"success": 2}


def test_an_abort_ends_what_was_begun_and_takes_nobody_any_more(fleet: Fleet) -> None:
    working, late = accept(fleet, os="linux"), accept(fleet, os="linux")
    deployment_id = fleet.deploy_to_filter(LINUX)
    fleet.poll(working)
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW)
    assert counts(fleet, deployment_id) == {"aborted": 1}
    assert fleet.poll(late) is None
    with pytest.raises(DeploymentAborted):
        fleet.report(working, deployment_id, Status.SUCCESS)
    with pytest.raises(NotFound):
        fleet.report(late, deployment_id, Status.SUCCESS)
    assert counts(fleet, deployment_id) == {"aborted": 1}


def test_a_device_may_report_without_having_asked_if_it_meets_the_filter(fleet: Fleet) -> None:
    one, other = accept(fleet, os="linux"), accept(fleet, os="zephyr")
    deployment_id = fleet.deploy_to_filter(LINUX)
    fleet.report(one, deployment_id, Status.INSTALLING)
    with pytest.raises(NotFound):
        fleet.report(other, deployment_id, Status.INSTALLING)
    assert counts(fleet, deployment_id) == {"installing": 1}


def test_phases_share_out_the_devices_of_the_beginning_and_the_last_takes_all_others(fleet: Fleet) -> None:
    devices = [accept(fleet, os="linux") for _ in range(4)]
    phases = (WantedPhase(50), WantedPhase(None, TOMORROW))
    deployment_id = fleet.deploy_to_filter(LINUX, phases=phases)
    devices += [accept(fleet, os="linux") for _ in range(4)]
    assert offered(*map(fleet.poll, devices)) == 2
    advance(fleet.service, WORKSPACE, deployment_id, TOMORROW)
    assert offered(*map(fleet.poll, devices)) == 8
    tally = progress(fleet, deployment_id).tally
    assert (tally[let_in(0)], tally[let_in(1)]) == (2, 6)


def test_phases_need_devices_to_share_out(fleet: Fleet) -> None:
    with pytest.raises(Invalid, match="will be empty"):
        fleet.deploy_to_filter(LINUX, phases=(WantedPhase(),))


def test_a_workspace_takes_only_so_many_deployments_that_every_poll_reads(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "MOST_OPEN_TARGETS", 2)
    oldest, _ = fleet.deploy_to_filter(LINUX), fleet.deploy_to_filter(LINUX)
    with pytest.raises(TooManyOpenTargets):
        fleet.deploy_to_filter(LINUX)
    abort_deployment(fleet.service, WORKSPACE, oldest, NOW)
    fleet.deploy_to_filter(LINUX)


def test_only_devices_that_may_ask_count_at_the_beginning(fleet: Fleet) -> None:
    accept(fleet, os="linux")
    rejected = accept(fleet, os="linux")
    decision = AuthDecision(str(rejected["sub"]), str(rejected["jti"]), AuthStatus.REJECTED)
    set_auth_status(fleet.service, WORKSPACE, decision, NOW)
    assert progress(fleet, fleet.deploy_to_filter(LINUX)).deployment.size == 1


def test_who_ended_a_newer_deployment_is_not_found_any_more(fleet: Fleet) -> None:
    device = accept(fleet, os="zephyr")
    fleet.deploy_to_filter(LINUX)
    newer = fleet.deploy(device)
    fleet.poll(device)
    fleet.report(device, newer, Status.SUCCESS)
    fleet.tell(device, os="linux")
    assert fleet.poll(device) is None


@pytest.mark.parametrize(("system", "again"), [("linux", 1), ("zephyr", 0)])
def test_after_its_history_was_deleted_a_device_takes_part_anew_if_it_still_meets_the_filter(
    fleet: Fleet, system: str, again: int
) -> None:
    device = accept(fleet, os="linux")
    deployment_id = fleet.deploy_to_filter(LINUX)
    fleet.poll(device)
    fleet.report(device, deployment_id, Status.SUCCESS)
    assert fleet.poll(device) is None
    delete_history(fleet.service, WORKSPACE, str(device["sub"]), NOW)
    fleet.tell(device, os=system)
    assert offered(fleet.poll(device)) == again
    assert counts(fleet, deployment_id) == ({"pending": 1} if again else {"success": 1})


def test_a_filter_is_not_forgotten_behind_many_deployments_that_came_to_nothing(fleet: Fleet) -> None:
    device = accept(fleet, os="zephyr")
    deployment_id = fleet.deploy_to_filter(LINUX)
    for _ in range(7):
        abort_deployment(fleet.service, WORKSPACE, fleet.deploy(device), NOW)
    for _ in range(3):
        assert fleet.poll(device, now=TOMORROW) is None
    fleet.tell(device, os="linux")
    offer = fleet.poll(device, now=TOMORROW)
    assert offer
    assert offer.deployment_id == deployment_id
