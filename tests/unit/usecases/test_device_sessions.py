from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice, with_key, with_status
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.errors import Unauthenticated
from sluiceway.domain.inventory import Attribute
from sluiceway.storage import keys
from sluiceway.storage.fleet_items import FleetShard
from sluiceway.storage.inventory_items import read_attributes
from sluiceway.storage.row_items import put_row
from sluiceway.storage.table import Delete, Put, Update
from sluiceway.usecases.credentials import DeviceCredentials
from sluiceway.usecases.known_devices import changed_device_writes, load_device, new_device_writes
from sluiceway.usecases.record_contact import record_contact
from sluiceway.usecases.report_inventory import merge_attributes, replace_attributes
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import (
    ROWS_OF_SESSION,
    DeviceSession,
    fresh_views,
    open_device_session,
    open_device_session_with_board,
)
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.faults import Crash, Fault, at_write
from tests.unit.usecases.stores import WORKSPACE, before_call, make_service, over

CREDENTIALS = DeviceCredentials(WORKSPACE, "d", "a1", 0)


@pytest.fixture(name="service")
def _service() -> Service:
    """One accepted device, and a second one beside it."""
    service = make_service()
    for device_id, auth_set_id in (("d", "a1"), ("e", "a2")):
        first = with_key(
            KnownDevice(Device(WORKSPACE, device_id, AuthStatus.NOAUTH, NOW, NOW), "{}"),
            AuthSet(auth_set_id, device_id, "pem", AuthStatus.PENDING, NOW),
            NOW,
        )
        first = replace(first, identity=f'{{"mac":"{device_id}"}}')
        service.table.write(*new_device_writes(first))
        accepted = with_status(first, auth_set_id, AuthStatus.ACCEPTED, NOW, number=1)
        service.table.write(*changed_device_writes(first, accepted, FleetShard(0, {})))
    return service


def put_rows(service: Service, count: int) -> list[DeviceDeployment]:
    """Rows of that many deployments, oldest first."""
    rows = [DeviceDeployment(WORKSPACE, f"dep{number}", "d", f"000{number}-dep{number}") for number in range(count)]
    for row in rows:
        service.table.write(put_row(row, row))
    return rows


def head(service: Service) -> Device:
    device = load_device(service, WORKSPACE, "d")
    assert device
    return device


def attributes(service: Service) -> dict[str, object]:
    stored = read_attributes(service.table.get(keys.inventory(WORKSPACE, "d")))
    return {name: attribute.value for name, attribute in stored.items()}


@pytest.mark.parametrize("count", [0, 3, ROWS_OF_SESSION, ROWS_OF_SESSION + 2])
def test_a_session_has_the_device_and_its_newest_rows_newest_first(service: Service, count: int) -> None:
    rows = put_rows(service, count)
    session = open_device_session(service, CREDENTIALS.to_claims())
    assert session.device == head(service)
    assert [row.order for row in session.rows] == [row.order for row in reversed(rows)][:ROWS_OF_SESSION]


def test_a_session_is_one_query_of_one_unit(service: Service) -> None:
    put_rows(service, ROWS_OF_SESSION)
    with measured(service.table) as meter:
        open_device_session(service, CREDENTIALS.to_claims())
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (1, 1, 0)


def test_a_session_with_the_board_is_two_queries_of_one_unit_each(service: Service) -> None:
    with measured(service.table) as meter:
        open_device_session_with_board(service, CREDENTIALS.to_claims())
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (2, 2, 0)


def test_a_session_has_the_board_of_its_workspace_oldest_first(service: Service) -> None:
    for workspace, order in ((WORKSPACE, "2-b"), (WORKSPACE, "1-a"), ("other", "3-c")):
        service.table.write(Put(keys.board_entry(workspace, order), {"dep": order}))
    session = open_device_session_with_board(service, CREDENTIALS.to_claims())
    assert [record.key.sk for record in session.board] == ["1-a", "2-b"]


@pytest.mark.parametrize(
    "shown",
    [
        replace(CREDENTIALS, device_id="e"),
        replace(CREDENTIALS, device_id="nobody"),
        replace(CREDENTIALS, auth_set_id="a2"),
        replace(CREDENTIALS, auth_set_id=""),
        replace(CREDENTIALS, epoch=1),
        replace(CREDENTIALS, workspace="other"),
    ],
)
def test_credentials_that_are_off_in_anything_open_nothing(service: Service, shown: DeviceCredentials) -> None:
    for opening in (open_device_session, open_device_session_with_board):
        with pytest.raises(Unauthenticated, match="dev auth: unauthorized"):
            opening(service, shown.to_claims())


@pytest.mark.parametrize(
    "change",
    [
        Update(keys.device(WORKSPACE, "d"), set={"status": "rejected"}),
        Update(keys.device(WORKSPACE, "d"), set={"aid": "a9"}),
        Update(keys.device(WORKSPACE, "d"), remove=("aid",)),
        Update(keys.device(WORKSPACE, "d"), add={"ep": 1}),
        Delete(keys.device(WORKSPACE, "d")),
    ],
)
def test_a_revocation_bites_at_once_and_even_in_the_middle_of_a_call(service: Service, change: Update | Delete) -> None:
    put_rows(service, 1)
    views = fresh_views(service, open_device_session(service, CREDENTIALS.to_claims()))
    next(views)
    service.table.write(change)
    with pytest.raises(Unauthenticated):
        open_device_session(service, CREDENTIALS.to_claims())
    with pytest.raises(Unauthenticated):
        next(views)


def test_a_second_look_sees_what_came_since(service: Service) -> None:
    views = fresh_views(service, open_device_session_with_board(service, CREDENTIALS.to_claims()))
    first: DeviceSession = next(views)
    put_rows(service, 1)
    service.table.write(Put(keys.board_entry(WORKSPACE, "1-a"), {"dep": "a"}))
    second = next(views)
    assert (len(first.rows), len(second.rows)) == (0, 1)
    assert (len(first.board), len(second.board)) == (0, 1)


def test_a_contact_is_written_once_an_hour(service: Service) -> None:
    for minutes, units in ((0, 1), (59, 0), (60, 1), (61, 0)):
        moment = NOW + timedelta(minutes=minutes)
        with measured(service.table) as meter:
            record_contact(service, open_device_session(service, CREDENTIALS.to_claims()).device, moment)
        assert (meter.usage.calls, meter.usage.write_units) == (1 + units, units)
    assert head(service).last_seen == NOW + timedelta(minutes=60)


def test_a_contact_holds_up_nobody_who_decides_about_the_device(service: Service) -> None:
    before = head(service)
    record_contact(service, before, NOW)
    assert head(service) == replace(before, last_seen=NOW)


def test_a_device_that_was_removed_meanwhile_does_not_come_back_by_calling(service: Service) -> None:
    device = head(service)
    service.table.write(Delete(keys.device(WORKSPACE, "d")))
    record_contact(service, device, NOW)
    assert load_device(service, WORKSPACE, "d") is None


def test_a_replacement_leaves_nothing_of_the_former_inventory(service: Service) -> None:
    replace_attributes(service, head(service), [Attribute("a", "1"), Attribute("b", "2")], NOW)
    replace_attributes(service, head(service), [Attribute("b", "3")], NOW)
    assert attributes(service) == {"b": "3"}


def test_a_merge_keeps_what_it_does_not_name(service: Service) -> None:
    replace_attributes(service, head(service), [Attribute("a", "1"), Attribute("b", "2")], NOW)
    merge_attributes(service, head(service), [Attribute("b", "3"), Attribute("c", (1, 2.5))], NOW)
    assert attributes(service) == {"a": "1", "b": "3", "c": (1, 2.5)}


def test_a_replacement_leaves_other_scopes_alone(service: Service) -> None:
    key = keys.inventory(WORKSPACE, "d")
    service.table.write(Put(key, {"tags": "[]", "rev": 7}))
    replace_attributes(service, head(service), [Attribute("a", "1")], NOW)
    merge_attributes(service, head(service), [Attribute("b", "2")], NOW)
    assert (service.table.get(key) or {}).get("tags") == "[]"


@pytest.mark.parametrize("number", range(2))
def test_two_merges_at_once_are_both_kept(service: Service, number: int) -> None:
    device = head(service)
    rival = before_call(number, lambda: merge_attributes(service, device, [Attribute("a", "1")], NOW))
    merge_attributes(over(service, rival), device, [Attribute("b", "2")], NOW)
    assert attributes(service) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("report", [replace_attributes, merge_attributes])
def test_the_device_type_is_repeated_where_polls_and_lists_look(service: Service, report: object) -> None:
    report(service, head(service), [Attribute("device_type", "board-a")], NOW)  # type: ignore[operator]
    listed = service.table.get(keys.device_entry(WORKSPACE, "accepted", "d")) or {}
    assert (head(service).device_type, listed["device_type"]) == ("board-a", "board-a")


def test_a_device_type_that_is_known_is_written_no_second_time(service: Service) -> None:
    reported = [Attribute("device_type", "board-a")]
    replace_attributes(service, head(service), reported, NOW)
    with measured(service.table) as meter:
        replace_attributes(service, head(service), reported, NOW)
    assert (meter.usage.calls, meter.usage.write_units) == (2, 1)  # one of the reads is this test's own


def test_a_device_type_lost_by_a_crash_comes_with_the_next_report(service: Service) -> None:
    reported, device = [Attribute("device_type", "board-a")], head(service)
    crashed = over(service, at_write(1, Fault.CRASH_BEFORE))
    with pytest.raises(Crash):
        replace_attributes(crashed, device, reported, NOW)
    assert head(service).device_type == ""
    replace_attributes(service, head(service), reported, NOW)
    assert head(service).device_type == "board-a"


@pytest.mark.parametrize("number", range(3))
def test_a_device_type_and_a_decision_at_once_are_both_kept(service: Service, number: int) -> None:
    device = head(service)
    entry = keys.device_entry(WORKSPACE, "accepted", "d")
    rival = before_call(
        number, lambda: service.table.write(Update(keys.device(WORKSPACE, "d"), add={"ep": 1, "rev": 1}))
    )
    replace_attributes(over(service, rival), device, [Attribute("device_type", "board-a")], NOW)
    after = head(service)
    assert (after.device_type, after.epoch) == ("board-a", 1)
    assert (service.table.get(entry) or {})["device_type"] == "board-a"
