"""What the reads of management and the rarer writes cost, each number put together from the items that are needed.

A batch spends a unit for each key that it names, found or not; a query spends one for each 4 KB that it passes. A write
in a transaction spends two units, and one more for each entry of an index that it makes or moves away.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.storage import keys
from sluiceway.usecases.decommission import remove_device, withdraw_device
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.deployment_devices import deployment_devices, target_ids
from sluiceway.usecases.deployments import find_many, load
from sluiceway.usecases.device_history import device_history
from sluiceway.usecases.devices import Preauthorization, preauthorize
from sluiceway.usecases.find_releases import ReleaseFilter, find_releases, with_artifacts
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.fleet_inventory import Search, search
from sluiceway.usecases.list_devices import DeviceFilter, list_devices
from sluiceway.usecases.ports import Claims
from tests.budgets.expected import NO_WRITES, cost
from tests.support.app import NOW
from tests.support.device_keys import new_key, public_pem
from tests.support.fleet import WORKSPACE, Fleet

IN_TRANSACTION = 2
"""Of one item up to 1 KB."""
INDEX_ENTRY = 1
"""That is made, moved away or shown differently."""


def id_of(claims: Claims) -> str:
    return str(claims["sub"])


def updated(fleet: Fleet, device: Claims, count: int) -> None:
    """A device has ended so many deployments of its own, which are stamped as finished."""
    for _ in range(count):
        deployment = fleet.deploy(device)
        fleet.poll(device)
        fleet.report(device, deployment, Status.SUCCESS)
        settle_finished(fleet.service, WORKSPACE, deployment)


# The deployments of one device


@pytest.mark.parametrize("size", [1, 5])
def test_a_page_of_what_a_device_has_ended(fleet: Fleet, device: Claims, size: int) -> None:
    """Rows, head and board; head, shard and list of each deployment in one batch; the one artifact and its pointer."""
    updated(fleet, device, size)
    with cost(fleet, calls=3 + 1 + 2, read=3 + 3 * size + 2, write=NO_WRITES):
        _, total = device_history(fleet.service, WORKSPACE, id_of(device), frozenset(Status), skip=0, take=20)
    assert total == size


@pytest.mark.parametrize("size", [1, 5])
def test_a_page_of_what_waits_for_a_device(fleet: Fleet, device: Claims, size: int) -> None:
    """As before, the heads of the open rows in a batch of their own, and a query of its release for each that runs."""
    for _ in range(size):
        fleet.deploy(device)
    with cost(fleet, calls=3 + 1 + 1 + size, read=3 + size + 3 * size + size, write=NO_WRITES):
        _, total = device_history(fleet.service, WORKSPACE, id_of(device), frozenset(Status), skip=0, take=20)
    assert total == size


@pytest.mark.parametrize("size", [1, 5])
def test_deleting_a_history_costs_a_mark_for_each_row_and_one_write_of_the_head(
    fleet: Fleet, device: Claims, size: int
) -> None:
    updated(fleet, device, size)
    with cost(fleet, calls=3, read=2, write=size * (IN_TRANSACTION + INDEX_ENTRY) + IN_TRANSACTION):
        delete_history(fleet.service, WORKSPACE, id_of(device), NOW)


def test_a_poll_after_a_deleted_history_reads_the_heads_until_it_can_remember_that_nothing_waits(
    fleet: Fleet, device: Claims
) -> None:
    """Two queries and one batch for an hour, then once a write of the head, then the two queries of an idle poll."""
    updated(fleet, device, 3)
    delete_history(fleet.service, WORKSPACE, id_of(device), NOW)
    an_hour_later = NOW + timedelta(hours=1, seconds=1)
    with cost(fleet, calls=2 + 1, read=2 + 3, write=NO_WRITES):
        assert fleet.poll(device) is None
    with cost(fleet, calls=2 + 1 + 1, read=2 + 3, write=1):
        assert fleet.poll(device, now=an_hour_later) is None
    with cost(fleet, calls=2, read=2, write=NO_WRITES):
        assert fleet.poll(device, now=an_hour_later) is None


def test_starting_over_costs_a_look_at_the_counters_and_a_transaction_before_the_offer(
    fleet: Fleet, device: Claims
) -> None:
    """Session, heads, counters, a row that moves in its index, its shard and the head; then all of a first offer."""
    deployment = fleet.deploy(device, fleet.accept())
    fleet.poll(device)
    fleet.report(device, deployment, Status.SUCCESS)
    delete_history(fleet.service, WORKSPACE, id_of(device), NOW)
    moved = 3 * IN_TRANSACTION + 2 * INDEX_ENTRY
    offered = 2 * IN_TRANSACTION + INDEX_ENTRY
    with cost(fleet, calls=5 + 5, read=4 + 4, write=moved + offered):
        assert fleet.poll(device)


# Lists


@pytest.mark.parametrize("size", [3, 20])
def test_a_page_of_devices(fleet: Fleet, size: int) -> None:
    """One query of the directory, 300 bytes a device, and one batch of the page's heads and keys."""
    for _ in range(size):
        fleet.accept()
    directory = 1 + size * 300 // 4096
    with cost(fleet, calls=2, read=directory + 2 * size, write=NO_WRITES):
        page = list_devices(fleet.service, WORKSPACE, DeviceFilter(), offset=0, limit=20)
    assert len(page.devices) == size


def test_the_targets_of_a_short_list_come_with_the_deployment(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(30)]
    deployment = fleet.deploy(*devices)
    with cost(fleet, calls=1, read=1, write=NO_WRITES):
        targets = target_ids(fleet.service, load(fleet.service, WORKSPACE, deployment))
    assert len(targets) == len(devices)


def test_the_targets_of_a_long_list_take_one_more_query(fleet: Fleet) -> None:
    """1,000 ids of 36 characters are 36 KB and more: ten units."""
    deployment = fleet.deploy(*({"sub": f"{number:036}"} for number in range(1_000)))
    with cost(fleet, calls=1 + 1, read=1 + 10, write=NO_WRITES):
        targets = target_ids(fleet.service, load(fleet.service, WORKSPACE, deployment))
    assert len(targets) == 1_000


def test_the_devices_of_a_short_list_are_read_by_key(fleet: Fleet) -> None:
    """The deployment; its rows; the heads of those that have not asked, for their device types."""
    devices = [fleet.accept() for _ in range(30)]
    deployment = fleet.deploy(*devices)
    with cost(fleet, calls=3, read=1 + 2 * len(devices), write=NO_WRITES):
        deployment_devices(fleet.service, load(fleet.service, WORKSPACE, deployment))


@pytest.mark.parametrize("size", [1, 5])
def test_statistics_of_small_deployments_come_in_one_batch(fleet: Fleet, size: int) -> None:
    """Head, shard and list of each."""
    deployments = [fleet.deploy({"sub": f"{number:036}"}) for number in range(size)]
    with cost(fleet, calls=1, read=3 * size, write=NO_WRITES):
        found = find_many(fleet.service, WORKSPACE, deployments)
    assert len(found) == size


def test_statistics_of_a_deployment_that_is_spread_over_shards_take_a_query_more(fleet: Fleet) -> None:
    deployment = fleet.deploy(*({"sub": f"{number:036}"} for number in range(40)))
    with cost(fleet, calls=1 + 1, read=3 + 1, write=NO_WRITES):
        find_many(fleet.service, WORKSPACE, [deployment])


def test_a_page_of_releases_takes_two_queries(fleet: Fleet) -> None:
    for number in range(2, 6):
        fleet.upload(f"app-{number}")
    releases, artifacts = 1, 1
    with cost(fleet, calls=2, read=releases + artifacts, write=NO_WRITES):
        found = with_artifacts(fleet.service, WORKSPACE, find_releases(fleet.service, WORKSPACE, ReleaseFilter()))
    assert len(found) == 5


# The inventory


def test_a_page_of_the_inventory(fleet: Fleet) -> None:
    """The directory, the fleet's counts, and head and inventory of each device of the page."""
    for _ in range(3):
        fleet.accept()
    with cost(fleet, calls=2 + 2, read=2 + 2 * 3, write=NO_WRITES):
        found, _ = search(fleet.service, WORKSPACE, Search(), offset=0, limit=20)
    assert len(found) == 3


def test_a_search_of_the_inventory_reads_every_shard_of_it_once(fleet: Fleet) -> None:
    """The fleet's counts, the directory, and the shards, all of them nearly empty."""
    for _ in range(3):
        fleet.accept()
    queries = 1 + 1 + keys.INVENTORY_SHARDS
    with cost(fleet, calls=queries, read=queries, write=NO_WRITES):
        assert search(fleet.service, WORKSPACE, Search(words=("x",)), offset=0, limit=20) == ([], 0)


def test_a_search_among_named_devices_reads_only_those(fleet: Fleet) -> None:
    """Head, place in the directory, inventory and last contact of each, in four batches."""
    ids = tuple(id_of(fleet.accept()) for _ in range(3))
    fleet.accept()
    with cost(fleet, calls=4, read=4 * len(ids), write=NO_WRITES):
        found, _ = search(fleet.service, WORKSPACE, Search(ids=ids), offset=0, limit=20)
    assert len(found) == len(ids)


# Deployments to a group, and removals


def test_a_first_offer_to_a_group(fleet: Fleet, device: Claims) -> None:
    """As to all devices: the board says to which group an entry goes."""
    fleet.put_in_group("lab", device)
    fleet.deploy_to_group("lab")
    row_and_shard = 2 * IN_TRANSACTION + INDEX_ENTRY
    with cost(fleet, calls=5, read=4, write=row_and_shard):
        assert fleet.poll(device)


@pytest.mark.parametrize("parts", [0, 1, 3])
def test_taking_a_device_out_of_its_deployments(fleet: Fleet, device: Claims, parts: int) -> None:
    """Head, rows and board; for each part one batch, one transaction, and a look whether the deployment has finished.

    The row moves in its index; the device did not ask, so its head stays as it is.
    """
    for _ in range(parts):
        fleet.deploy(device, fleet.accept())
    row_and_shard = 2 * IN_TRANSACTION + 2 * INDEX_ENTRY
    with cost(fleet, calls=3 + 3 * parts, read=3 + (3 + 1) * parts, write=row_and_shard * parts):
        withdraw_device(fleet.service, WORKSPACE, id_of(device), NOW)


def test_taking_the_last_device_out_stamps_the_deployment(fleet: Fleet, device: Claims) -> None:
    """A query of the release, whose artifacts are kept with the head, and a transaction of four items."""
    fleet.deploy(device)
    row_and_shard, stamp = 2 * IN_TRANSACTION + 2 * INDEX_ENTRY, 4 * IN_TRANSACTION
    with cost(fleet, calls=3 + 3 + 2, read=3 + (3 + 1) + 1, write=row_and_shard + stamp):
        withdraw_device(fleet.service, WORKSPACE, id_of(device), NOW)


@pytest.mark.parametrize("parts", [0, 3])
def test_removing_a_device(fleet: Fleet, device: Claims, parts: int) -> None:
    """Its head, its keys, and what a decision stands on, then one transaction of six items, one of them a due mark.

    It is taken out of its deployments, whose rows and board are read; its inventory goes, and its one key with the
    pointer to it, once that is read again: a call each. The mark stays, for the tick to look again.
    """
    for _ in range(parts):
        fleet.deploy(device, fleet.accept())
    removal, key, inventory = 6 * IN_TRANSACTION + INDEX_ENTRY, 2 * IN_TRANSACTION, 1
    withdrawals = parts * (2 * IN_TRANSACTION + 2 * INDEX_ENTRY)
    reads, follow_up = (1 + 1 + 3), 2 + 1
    with cost(
        fleet,
        calls=3 + 1 + 2 + 3 * parts + 3,
        read=reads + follow_up + (3 + 1) * parts,
        write=removal + withdrawals + inventory + key,
    ):
        remove_device(fleet.service, WORKSPACE, id_of(device), NOW)


def test_preauthorizing_a_device_makes_what_a_first_request_would(fleet: Fleet) -> None:
    """One look whether the identity is known; head, identity, directory, key, its pointer and the fleet's count."""
    new = Preauthorization('{"mac":"02:00:00:00:00:01"}', public_pem(new_key()))
    with cost(fleet, calls=2, read=1, write=6 * IN_TRANSACTION):
        preauthorize(fleet.service, WORKSPACE, new, NOW)


def test_preauthorizing_a_device_that_is_known_only_reads(fleet: Fleet) -> None:
    """The identity, the head, its keys, and what a decision would stand on."""
    new = Preauthorization('{"mac":"02:00:00:00:00:01"}', public_pem(new_key()))
    preauthorize(fleet.service, WORKSPACE, new, NOW)
    with cost(fleet, calls=4, read=1 + 1 + 1 + 3, write=NO_WRITES):
        preauthorize(fleet.service, WORKSPACE, new, NOW)
