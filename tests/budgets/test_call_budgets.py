"""What the calls of the engine cost, by ConsumedCapacity: the table in `sluiceway/storage`'s docstring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluiceway.domain.control_map import PASS, Action, ActionOnExpiry, ControlMap, Point, instruct
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device_deployment import Status
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.control_maps import change_control_map
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployments import load
from sluiceway.usecases.ports import Claims
from tests.budgets.expected import NO_WRITES, budget
from tests.support.app import NOW
from tests.support.fleet import WORKSPACE, Fleet

A_ROW = 2
"""Writes of a row that is made: itself and its place in GSI1."""


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
    with budget(fleet, calls=4, read=6, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


def test_making_a_deployment_to_a_group_costs_the_same_for_any_number_of_devices(fleet: Fleet) -> None:
    for _ in range(40):
        fleet.put_in_group("lab", fleet.accept())
    definition = Definition("to the lab", "app-1", group="lab")
    with budget(fleet, calls=4, read=6, write=18):
        create_deployment(fleet.service, WORKSPACE, definition, NOW)


@pytest.mark.parametrize(("size", "shards"), [(32, 1), (1_000, 32)])
def test_an_abort_costs_one_write_for_each_counter_shard(fleet: Fleet, size: int, shards: int) -> None:
    deployment = fleet.deploy(*({"sub": f"{number:036}"} for number in range(size)))
    with budget(fleet, calls=4 + shards, read=3, write=12 + shards):
        abort_deployment(fleet.service, WORKSPACE, deployment, NOW)


def test_reading_a_deployment_with_its_statistics(fleet: Fleet, device: Claims) -> None:
    deployment = fleet.deploy(device)
    fleet.poll(device)
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        load(fleet.service, WORKSPACE, deployment)


def test_reading_an_artifact(fleet: Fleet) -> None:

    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        get_artifact(fleet.service, WORKSPACE, fleet.artifact.id)
