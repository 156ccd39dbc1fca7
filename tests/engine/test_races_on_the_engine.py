"""Sixteen threads on the local engine: what the histories prove in turns also holds when nobody takes turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import pytest

from sluiceway.domain.counters import ASKED, FINAL, OFFERED_BYTES, Tally, statistics
from sluiceway.domain.device_deployment import REPORTABLE, Status
from sluiceway.domain.errors import DeploymentAborted, DuplicateDeployment, RequestChanged
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import load
from sluiceway.usecases.ports import Claims
from tests.storage.test_races import THREADS, at_once
from tests.support.app import NOW
from tests.support.fleet import BOARD, WORKSPACE, Fleet

pytestmark = pytest.mark.engine

REPORTED = sorted(REPORTABLE)
WAY = (Status.DOWNLOADING, Status.INSTALLING, Status.REBOOTING, Status.SUCCESS)


@pytest.fixture
def fleet(engine_table: DynamoTable) -> Fleet:
    return Fleet(engine_table)


def counted(fleet: Fleet, deployment_id: str) -> Tally:
    """The counters, once they are seen to say the same as the rows."""
    progress = load(fleet.service, WORKSPACE, deployment_id)
    shown = {status: n for status, n in statistics(progress.deployment, progress.tally).items() if n}
    assert shown == Counter(row.status for row in deployment_devices(fleet.service, progress))
    return progress.tally


def update(fleet: Fleet, device: Claims, deployment_id: str) -> Status | None:
    """Let a device go its way, and return the last status that was accepted; None when none was."""
    last = None
    offer = fleet.poll(device)
    for status in WAY if offer else ():
        try:
            fleet.report(device, deployment_id, status)
        except DeploymentAborted:
            break
        last = status
    return last


def test_polls_of_one_device_give_one_answer_and_count_once(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)

    offers = at_once(lambda _: fleet.poll(device))

    assert {offer and offer.deployment_id for offer in offers} == {deployment}
    tally = counted(fleet, deployment)
    assert (tally[ASKED], tally[OFFERED_BYTES]) == (1, fleet.artifact.file.size)


def test_a_report_that_arrives_sixteen_times_is_counted_once(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)
    fleet.poll(device)

    at_once(lambda _: fleet.report(device, deployment, Status.SUCCESS))

    tally = counted(fleet, deployment)
    assert (tally[Status.SUCCESS], tally[FINAL]) == (1, 1)


def test_reports_that_contradict_each_other_end_in_one_of_them(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)
    fleet.poll(device)

    at_once(lambda number: fleet.report(device, deployment, WAY[number % len(WAY)]))

    assert counted(fleet, deployment)[Status.SUCCESS] == 1


def test_devices_that_update_at_once_are_all_counted(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(THREADS)]
    deployment = fleet.deploy()

    lasts = at_once(lambda number: update(fleet, devices[number], deployment))

    assert lasts == [Status.SUCCESS] * THREADS
    assert counted(fleet, deployment)[Status.SUCCESS] == THREADS


def wander(fleet: Fleet, device: Claims, deployment_id: str, chance: Random) -> None:
    """Let a device do one thing: ask as before, ask as another board, or report any word."""
    kind = chance.choice(("ask", "ask otherwise", "report", "report", "report"))
    if kind == "report":
        fleet.report(device, deployment_id, chance.choice(REPORTED))
        return
    with suppress(RequestChanged):
        fleet.poll(device, board=BOARD if kind == "ask" else "another board")


def test_14_the_sum_is_the_number_of_targets_after_each_of_200_steps_of_20_devices_in_parallel(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "shards_for", lambda _: 4)
    devices = [fleet.accept() for _ in range(20)]
    deployment = fleet.deploy(*devices)

    def walk(number: int) -> Iterator[dict[Status, int]]:
        chance = Random(number)
        for _ in range(10):
            wander(fleet, devices[number], deployment, chance)
            progress = load(fleet.service, WORKSPACE, deployment)
            yield statistics(progress.deployment, progress.tally)

    with ThreadPoolExecutor(len(devices)) as pool:
        seen = [counts for walked in pool.map(lambda number: list(walk(number)), range(20)) for counts in walked]

    assert len(seen) == 200
    assert {sum(counts.values()) for counts in seen} == {20}
    assert min(count for counts in seen for count in counts.values()) == 0
    counted(fleet, deployment)


@pytest.mark.parametrize("first_look", [0, 5, 20])
def test_nothing_is_accepted_after_an_abort_returned(fleet: Fleet, first_look: int) -> None:
    """Twenty devices, of which five have updated; the abort begins after so many reads, in the middle of the others.

    One more device never asks, so that the deployment does not finish before.
    """
    devices = [fleet.accept() for _ in range(20)]
    deployment = fleet.deploy(*devices, fleet.accept())
    for device in devices[:5]:
        assert update(fleet, device, deployment) is Status.SUCCESS
    under_way = iter(devices[5:])

    def abort_or_update(number: int) -> Tally | None:
        if number:
            update(fleet, next(under_way), deployment)
            return None
        for _ in range(first_look):
            load(fleet.service, WORKSPACE, deployment)
        abort_deployment(fleet.service, WORKSPACE, deployment, NOW)
        return load(fleet.service, WORKSPACE, deployment).tally

    after_the_abort, *_ = at_once(abort_or_update)

    assert counted(fleet, deployment) == after_the_abort
    for device in devices[5:]:
        assert fleet.poll(device) is None
    assert counted(fleet, deployment) == after_the_abort


def test_of_the_same_deployment_made_at_once_one_is_made(fleet: Fleet) -> None:
    definition = fleet.definition(fleet.accept())

    def make(_: int) -> str | None:
        try:
            return create_deployment(fleet.service, WORKSPACE, definition, NOW)
        except DuplicateDeployment:
            return None

    assert sum(made is not None for made in at_once(make)) == 1


def test_deployments_made_at_once_are_all_made_and_given_one_after_the_other(fleet: Fleet) -> None:
    device = fleet.accept()
    made = at_once(lambda _: fleet.deploy(device))

    given = []
    while offer := fleet.poll(device):
        fleet.report(device, offer.deployment_id, Status.SUCCESS)
        given.append(offer.deployment_id)

    assert sorted(given) == sorted(made)
    assert len(set(given)) == THREADS
