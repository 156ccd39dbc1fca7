"""What the calls of the engine cost, by ConsumedCapacity: the table in `sluiceway/storage`'s docstring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluiceway.domain.control_map import PASS, Action, ActionOnExpiry, ControlMap, Point, instruct
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.inventory_search import GROUP, STATUS, Operator, Place, Scope, Term
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.control_maps import change_control_map
from sluiceway.usecases.create_deployment import SHARDS_OF_OPEN_TARGET, create_deployment
from sluiceway.usecases.deployments import load
from sluiceway.usecases.fleet_inventory import Search, search
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.saved_filters import save_filter
from tests.budgets.expected import A_ROW, NO_WRITES, budget
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.fleet import LINUX, WORKSPACE, Fleet


def test_a_poll_that_finds_nothing(fleet: Fleet, device: Claims) -> None:
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        assert fleet.poll(device) is None


def test_a_poll_that_finds_nothing_after_many_updates(fleet: Fleet, device: Claims) -> None:
    for _ in range(8):
        deployment = fleet.deploy(device)
        fleet.poll(device)
        fleet.report(device, deployment, Status.SUCCESS)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        assert fleet.poll(device) is None


def test_a_poll_that_is_offered_the_same_again(fleet: Fleet, device: Claims) -> None:
    fleet.deploy(device)
    fleet.poll(device)
    with budget(fleet, calls=4, read=4, write=NO_WRITES):
        assert fleet.poll(device)


def test_a_first_offer_of_a_list(fleet: Fleet, device: Claims) -> None:
    fleet.deploy(device)
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(device)


def test_a_first_offer_to_all_devices(fleet: Fleet, device: Claims) -> None:
    fleet.deploy()
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(device)


def mac_of(device: Claims) -> Term:
    return Term(Place(Scope.IDENTITY, "mac"), Operator.EQUAL, str(device["sub"]))


def test_a_first_offer_by_what_a_device_says_of_itself(fleet: Fleet, device: Claims) -> None:
    fleet.tell(device, os="linux")
    fleet.deploy_to_filter(LINUX)
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(device)


def test_a_first_offer_by_an_identity(fleet: Fleet, device: Claims) -> None:
    fleet.deploy_to_filter(mac_of(device))
    with budget(fleet, calls=5, read=5, write=6):
        assert fleet.poll(device)


def test_a_filter_that_asks_for_both_costs_one_more_read(fleet: Fleet, device: Claims) -> None:
    fleet.tell(device, os="linux")
    fleet.deploy_to_filter(LINUX, mac_of(device))
    with budget(fleet, calls=5, read=6, write=6):
        assert fleet.poll(device)


@pytest.mark.parametrize("place", [GROUP, STATUS])
def test_a_first_offer_by_what_the_head_of_a_device_says_costs_no_read_of_its_own(
    fleet: Fleet, device: Claims, place: Place
) -> None:
    fleet.deploy_to_filter(Term(place, Operator.NOT_EQUAL, "another"))
    with budget(fleet, calls=5, read=4, write=6):
        assert fleet.poll(device)


def test_a_poll_that_meets_no_filter_reads_it_and_what_it_asks_for(fleet: Fleet, device: Claims) -> None:
    fleet.tell(device, os="zephyr")
    fleet.deploy_to_filter(LINUX)
    with budget(fleet, calls=3, read=4, write=NO_WRITES):
        assert fleet.poll(device) is None


def test_a_poll_after_the_end_of_an_open_target_reads_nothing_of_it(fleet: Fleet, device: Claims) -> None:
    fleet.tell(device, os="linux")
    deployment = fleet.deploy_to_filter(LINUX)
    fleet.poll(device)
    fleet.report(device, deployment, Status.SUCCESS)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        assert fleet.poll(device) is None


def test_the_reports_of_an_open_target_cost_what_others_do(fleet: Fleet, device: Claims) -> None:
    fleet.tell(device, os="linux")
    deployment = fleet.deploy_to_filter(LINUX)
    fleet.poll(device)
    with budget(fleet, calls=2, read=1, write=6):
        fleet.report(device, deployment, Status.INSTALLING)
    with budget(fleet, calls=2, read=1, write=8):
        fleet.report(device, deployment, Status.SUCCESS)


def test_the_very_first_offer_of_an_artifact_marks_it_as_used(fleet: Fleet) -> None:
    device = fleet.accept()
    fleet.deploy(device)
    with budget(fleet, calls=7, read=6, write=8):
        assert fleet.poll(device)


@pytest.mark.parametrize(("board", "installed"), [("board-b", "app-0"), ("board-a", "app-1")])
def test_a_poll_that_ends_what_has_nothing_to_install(fleet: Fleet, device: Claims, board: str, installed: str) -> None:
    fleet.deploy(device)
    with budget(fleet, calls=5, read=5, write=8):
        assert fleet.poll(device, board=board, installed=installed) is None


def test_a_status_report(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    for status in (Status.DOWNLOADING, Status.INSTALLING, Status.REBOOTING):
        with budget(fleet, calls=2, read=1, write=6):
            fleet.report(device, deployment, status)


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.ALREADY_INSTALLED])
def test_a_final_report(fleet: Fleet, device: Claims, status: Status) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    fleet.report(device, deployment, Status.INSTALLING)
    with budget(fleet, calls=2, read=1, write=8):
        fleet.report(device, deployment, status)


def test_the_same_report_again_asks_whether_an_abort_came_between(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    fleet.report(device, deployment, Status.INSTALLING)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        fleet.report(device, deployment, Status.INSTALLING)


def test_the_same_final_report_again(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.report(device, deployment, Status.SUCCESS)
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        fleet.report(device, deployment, Status.SUCCESS)


def test_a_device_reads_its_control_map(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        fleet.look(device, deployment)


@pytest.mark.parametrize("size", [1, 1_000])
def test_changing_a_control_map_costs_the_same_for_any_number_of_devices(fleet: Fleet, size: int) -> None:
    targets = [{"sub": f"{number:036}"} for number in range(size)]
    definition = replace(fleet.definition(*targets), control_map=PASS)
    deployment = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    halting = ControlMap(-10, dict.fromkeys(Point, instruct(Action.PAUSE, ActionOnExpiry.FORCE_CONTINUE)))
    with budget(fleet, calls=2, read=2, write=1):
        change_control_map(fleet.service, WORKSPACE, deployment, halting)


@pytest.mark.parametrize("size", [1, 20])
def test_making_a_deployment_to_a_list(fleet: Fleet, size: int) -> None:
    definition = fleet.definition(*({"sub": f"{number:036}"} for number in range(size)))
    reads_its_group = size == 1
    with budget(fleet, calls=4, read=4 + reads_its_group, write=18 + size * A_ROW):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


def test_making_a_deployment_to_all_devices_costs_the_same_for_any_number_of_them(fleet: Fleet) -> None:
    for _ in range(40):
        fleet.accept()
    definition = fleet.definition()
    with budget(fleet, calls=4, read=5, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


def test_making_a_deployment_to_a_group_costs_the_same_for_any_number_of_devices(fleet: Fleet) -> None:
    for _ in range(40):
        fleet.put_in_group("lab", fleet.accept())
    definition = Definition("to the lab", "app-1", group="lab")
    with budget(fleet, calls=4, read=5, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


def test_making_a_deployment_by_a_filter_costs_a_search_beside_what_others_cost(fleet: Fleet) -> None:
    saved = save_filter(fleet.service, WORKSPACE, "linux", (LINUX,))
    with measured(fleet.table) as meter:
        search(fleet.service, WORKSPACE, Search(terms=(LINUX,)), offset=0, limit=0)
    searching = meter.usage
    definition = Definition("by a filter", "app-1", filter_id=saved)
    with budget(fleet, calls=4 + searching.calls, read=6 + searching.read_units, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


def test_aborting_an_open_target_costs_one_write_for_each_of_its_64_shards(fleet: Fleet) -> None:
    deployment = fleet.deploy_to_filter(LINUX)
    with budget(fleet, calls=4 + SHARDS_OF_OPEN_TARGET, read=3, write=12 + SHARDS_OF_OPEN_TARGET):
        abort_deployment(fleet.service, WORKSPACE, deployment, NOW)


@pytest.mark.parametrize(("size", "shards", "calls"), [(32, 1, 3), (128, 4, 3), (1_000, 32, 4 + 32)])
def test_an_abort_costs_one_write_for_each_counter_shard(fleet: Fleet, size: int, shards: int, calls: int) -> None:
    deployment = fleet.deploy(*({"sub": f"{number:036}"} for number in range(size)))
    with budget(fleet, calls=calls, read=3, write=12 + shards):
        abort_deployment(fleet.service, WORKSPACE, deployment, NOW)


def test_reading_a_deployment_with_its_statistics(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        load(fleet.service, WORKSPACE, deployment)


def test_reading_an_artifact(fleet: Fleet) -> None:

    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        get_artifact(fleet.service, WORKSPACE, fleet.artifact.id)
