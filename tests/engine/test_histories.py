"""Histories that once went wrong, or nearly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentAborted, Invalid
from sluiceway.usecases.create_deployment import SEEDED_BEFORE_COMMIT
from tests.engine.recording import nobody_comes_between
from tests.engine.test_each_guard_is_needed import ONE, READS_FIRST_WRITES_LAST, TO_ONE
from tests.engine.world import DEVICES, Abort, Create, OneAfterTheOther, PassTime, Poll, Report, Tick, World
from tests.support.faults import Fault

LONG_LIST = Create("a", devices=DEVICES[:3], name="long list")


@pytest.fixture
def world(small_sizes: None) -> World:  # noqa: ARG001 - a fixture for its effect
    return World()


def offered(world: World, device: str = ONE) -> str | None:
    """The name of the deployment that a device is offered now."""
    poll = Poll("a", device)
    offer = poll.ask(world, world.service(poll, None, nobody_comes_between))
    heads = {head.id: head.name for head in world.snapshot().heads.values()}
    return heads[offer.deployment_id] if offer else None


def test_a_creation_that_lost_a_race_leaves_no_part_behind(world: World) -> None:
    """Its rows were written before; they must not belong to the deployment that the second attempt makes."""
    loser, winner = Create("a", devices=(ONE, "two"), name="loser"), Create("a", devices=(ONE,), name="winner")
    world.do_in_turns([(loser, {}), (winner, {})], [0, 0, *READS_FIRST_WRITES_LAST])
    assert [head.name for head in world.snapshot().heads.values()] == ["winner", "loser"]

    for name in ("winner", "loser"):
        assert offered(world) == name
        world.do(Report("a", ONE, world.deployments("a")[name == "loser"], Status.SUCCESS))

    assert offered(world) is None
    world.rest()


def test_what_a_lost_creation_left_behind_is_deleted_by_a_later_poll(world: World) -> None:
    world.do(TO_ONE, {2: Fault.CRASH_BEFORE})
    assert len(world.snapshot().rows) == 1

    world.do(Poll("a", ONE))
    assert len(world.snapshot().rows) == 1
    world.pass_time(timedelta(minutes=61))
    world.do(Poll("a", ONE))

    assert not world.snapshot().rows


@pytest.mark.parametrize("size", [1, SEEDED_BEFORE_COMMIT + 1])
def test_an_id_that_no_device_can_have_is_refused_and_leaves_nothing(size: int) -> None:
    world = World()
    create = Create("a", devices=(*(f"device-{number}" for number in range(size)), "x" * 257))
    before = dict(world.table.items)
    with pytest.raises(Invalid, match="256 bytes"):
        create.run(world, world.service(create, None, nobody_comes_between))

    assert world.table.items == before


def test_nothing_older_is_offered_in_the_poll_that_learns_of_an_abort(world: World) -> None:
    world.do(LONG_LIST)
    world.do(TO_ONE)
    assert offered(world) == TO_ONE.name
    world.do(Abort("a", 1))
    world.pass_time(timedelta(minutes=1))
    world.do(Tick())

    assert offered(world) is None
    assert offered(world) is None


def test_a_device_is_given_what_it_works_on_though_it_ended_something_newer(world: World) -> None:
    world.do(replace(TO_ONE, name="older"))
    world.do(TO_ONE)
    assert offered(world) == "older"
    world.do(Report("a", ONE, world.deployments("a")[1], Status.SUCCESS))

    assert offered(world) == "older"
    world.do(Report("a", ONE, world.deployments("a")[0], Status.SUCCESS))
    assert offered(world) is None


def test_a_device_that_speaks_of_another_one_unasked_goes_on_with_what_it_was_offered(world: World) -> None:
    world.do(LONG_LIST)
    world.do(TO_ONE)
    assert offered(world) == TO_ONE.name
    world.pass_time(timedelta(minutes=1))
    world.do(Tick())
    world.do(Report("a", ONE, world.deployments("a")[0], Status.DOWNLOADING))

    assert offered(world) == TO_ONE.name


def test_a_row_that_is_seeded_late_is_not_below_the_floor(world: World) -> None:
    world.do(LONG_LIST)
    for number in range(6):
        world.do(replace(TO_ONE, name=f"aborted {number}"))
        world.do(Abort("a", number + 1))
    assert [offered(world) for _ in range(2)] == [None, None]
    world.pass_time(timedelta(minutes=1))
    world.do(Tick())

    assert offered(world) == LONG_LIST.name


def test_a_seeder_that_comes_late_does_not_undo_what_the_device_did(world: World) -> None:
    world.do(LONG_LIST)
    world.pass_time(timedelta(minutes=1))
    late, meanwhile = Tick(), OneAfterTheOther((PassTime(30), Tick(), Poll("a", ONE)))
    reads_until_it_knows_what_is_missing = [0] * 13
    world.do_in_turns([(late, {}), (meanwhile, {})], [*reads_until_it_knows_what_is_missing, *[1] * 40])

    assert offered(world) == LONG_LIST.name
    world.rest()


def test_old_rows_that_nobody_waits_for_are_not_read_again(world: World) -> None:
    for number in range(8):
        world.do(replace(TO_ONE, name=f"aborted {number}"))
        world.do(Abort("a", number))
    world.do(Poll("a", ONE))
    world.pass_time(timedelta(hours=2))
    world.do(Poll("a", ONE))

    assert world.device("a", ONE).floor == max(row.order for row in world.snapshot().rows.values())
    world.do(TO_ONE)
    assert offered(world) == TO_ONE.name


def test_a_report_that_meets_an_abort_is_told_so(world: World) -> None:
    world.do(Create("a", devices=DEVICES[:2]))
    world.do(Poll("a", ONE))
    world.do(Abort("a", 0), {3: Fault.CRASH_BEFORE})
    report = Report("a", ONE, 0, Status.INSTALLING)
    world.do(report)
    world.rest()

    with pytest.raises(DeploymentAborted):
        report.run(world, world.service(report, None, nobody_comes_between))
