"""Devices come, turn keys and are decided about in any order, and the fleet's numbers stay those of its heads."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sluiceway.domain.device import AuthStatus, KnownDevice
from sluiceway.domain.errors import Invalid, NotFound, Unauthenticated
from sluiceway.domain.fleet import FLEET_SHARDS, Cut, fleet_shard
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_entry
from sluiceway.storage.fleet_items import read_fleet_shard
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Put, Query
from sluiceway.usecases.credentials import DEVICES
from sluiceway.usecases.fleet import accepted_now
from sluiceway.usecases.list_devices import DeviceFilter, list_devices
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.request_token import request_token
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import open_device_session
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.device_keys import Identified, new_key
from tests.support.faults import Call, Fault
from tests.support.soak import examples
from tests.unit.usecases.stores import WORKSPACE, before_call, make_service, over

ACCEPTED, PENDING, REJECTED = AuthStatus.ACCEPTED, AuthStatus.PENDING, AuthStatus.REJECTED
DECIDABLE = (ACCEPTED, PENDING, REJECTED)
KEYS = tuple(new_key() for _ in range(3))
EVERYBODY = DeviceFilter()


def a_service() -> Service:
    service = make_service()
    service.table.write(Put(keys.default_workspace(), {"ws": WORKSPACE}))
    return service


def a_device(number: int = 0, key: int = 0) -> Identified:
    return Identified(f'{{"mac": "{number}"}}', KEYS[key])


def ask(service: Service, device: Identified) -> str | None:
    try:
        return request_token(service, device.request(), NOW)
    except Unauthenticated:
        return None


def known(service: Service) -> tuple[KnownDevice, ...]:
    return list_devices(service, WORKSPACE, EVERYBODY, offset=0, limit=500).devices


def decide(service: Service, device: KnownDevice, number: int, status: AuthStatus) -> None:
    set_auth_status(service, WORKSPACE, AuthDecision(device.device.id, device.auth_sets[number].id, status), NOW)


def counted(service: Service) -> Counter[str]:
    """What the shards say, all together."""
    shards = [
        read_fleet_shard(service.table.get(keys.fleet_shard_item(WORKSPACE, number))) for number in range(FLEET_SHARDS)
    ]
    return Counter({str(status): sum(shard.counts[status] for shard in shards) for status in AuthStatus})


def assert_consistent(service: Service) -> None:
    """One accepted key at most, each device listed once and as it is, and counted where it belongs."""
    devices = known(service)
    for device in devices:
        accepted = [auth_set.id for auth_set in device.auth_sets if auth_set.status is ACCEPTED]
        assert accepted == ([device.device.accepted] if device.device.accepted else [])
        assert (device.device.status is ACCEPTED) == (device.device.membership.since is not None)
    entries = [
        read_entry(record.item) for record in service.table.query(Query(keys.device_directory(WORKSPACE))).records
    ]
    assert entries == [device.entry for device in devices]
    assert counted(service) == Counter(str(device.device.status) for device in devices)


class FleetMachine(RuleBasedStateMachine):
    """Three devices with up to three keys each; tokens and cuts are kept to be tried later."""

    def __init__(self) -> None:
        super().__init__()
        self.service = a_service()
        self.tokens: list[tuple[str, str]] = []
        self.ended: list[str] = []
        self.cuts: list[tuple[Cut, set[str]]] = []

    @rule(number=st.integers(0, 2), key=st.integers(0, 2))
    def ask(self, number: int, key: int) -> None:
        token = ask(self.service, a_device(number, key))
        if token:
            self.tokens.append((token, str(self._claims(token)["sub"])))

    @precondition(lambda self: bool(known(self.service)))
    @rule(place=st.integers(0, 2), key=st.integers(0, 2), status=st.sampled_from(DECIDABLE))
    def decide(self, place: int, key: int, status: AuthStatus) -> None:
        devices = known(self.service)
        device = devices[place % len(devices)]
        decide(self.service, device, key % len(device.auth_sets), status)
        after = next(other for other in known(self.service) if other.device.id == device.device.id)
        if after.device.accepted != device.device.accepted:
            self._end_tokens(device.device.id)

    def _end_tokens(self, device_id: str) -> None:
        self.ended += [token for token, owner in self.tokens if owner == device_id]
        self.tokens = [kept for kept in self.tokens if kept[1] != device_id]

    def _claims(self, token: str) -> Claims:
        return self.service.tokens.verify(token, audience=DEVICES, now=NOW)

    @rule()
    def cut(self) -> None:
        total, cut = accepted_now(self.service, WORKSPACE)
        accepted = {device.device.id for device in known(self.service) if device.device.status is ACCEPTED}
        assert total == len(accepted)
        self.cuts.append((cut, accepted))

    @invariant()
    def fleet_is_consistent(self) -> None:
        assert_consistent(self.service)

    @invariant()
    def tokens_that_were_not_ended_work(self) -> None:
        for token, owner in self.tokens:
            assert open_device_session(self.service, self._claims(token)).device.id == owner

    @invariant()
    def tokens_that_were_ended_stay_so(self) -> None:
        """Even when their key is accepted again."""
        for token in self.ended:
            with pytest.raises(Unauthenticated):
                open_device_session(self.service, self._claims(token))

    @invariant()
    def every_cut_still_names_those_who_were_accepted_then(self) -> None:
        devices = known(self.service)
        for cut, accepted in self.cuts:
            assert {known.device.id for known in devices if known.device.was_in(cut)} == accepted


FleetMachine.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=30, deadline=None)
TestFleet = FleetMachine.TestCase


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("rival", DECIDABLE)
def test_two_decisions_at_once_leave_the_fleet_consistent(number: int, rival: AuthStatus) -> None:
    service = a_service()
    for key in range(2):
        ask(service, a_device(key=key))
    (device,) = known(service)
    schedule = before_call(number, lambda: decide(service, device, 1, rival))
    decide(over(service, schedule), device, 0, ACCEPTED)
    assert_consistent(service)


@pytest.mark.parametrize("number", range(8))
def test_a_new_key_and_a_decision_at_once_leave_the_fleet_consistent(number: int) -> None:
    service = a_service()
    ask(service, a_device())
    (device,) = known(service)
    schedule = before_call(number, lambda: ask(service, a_device(key=1)))
    decide(over(service, schedule), device, 0, REJECTED)
    assert_consistent(service)


def test_two_devices_of_one_shard_never_take_the_same_number() -> None:
    service = a_service()
    for number in range(FLEET_SHARDS + 1):
        ask(service, a_device(number))
    by_shard: dict[int, list[KnownDevice]] = {}
    for device in known(service):
        by_shard.setdefault(fleet_shard(device.device.id), []).append(device)
    first, second = max(by_shard.values(), key=len)[:2]
    for call in range(5):
        schedule = before_call(call, lambda: decide(service, second, 0, ACCEPTED))
        decide(over(service, schedule), first, 0, ACCEPTED)
        numbers = [
            d.device.membership.since for d in known(service) if d.device.id in {first.device.id, second.device.id}
        ]
        assert len(set(numbers)) == 2
        for device in (first, second):
            decide(service, device, 0, PENDING)
    assert_consistent(service)


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.REPEAT])
def test_a_decision_that_meets_a_fault_is_counted_once(fault: Fault) -> None:
    service = a_service()
    ask(service, a_device())
    (device,) = known(service)
    faults = iter([fault])

    def once(call: Call) -> Fault | None:
        return next(faults, None) if call.changes_something else None

    decide(over(service, once), device, 0, ACCEPTED)
    assert_consistent(service)
    assert counted(service)["accepted"] == 1


def test_the_same_decision_again_writes_nothing() -> None:
    service = a_service()
    ask(service, a_device())
    (device,) = known(service)
    decide(service, device, 0, ACCEPTED)
    with measured(service.table) as meter:
        decide(service, device, 0, ACCEPTED)
    assert meter.usage.write_units == 0


def test_accepting_in_place_of_another_key_is_one_transaction_of_eight_items_at_most() -> None:
    service = a_service()
    for key in range(2):
        ask(service, a_device(key=key))
    (device,) = known(service)
    decide(service, device, 0, ACCEPTED)
    with measured(service.table) as meter:
        decide(service, device, 1, ACCEPTED)
    assert meter.usage.write_units <= 16


def test_what_does_not_exist_cannot_be_decided_about() -> None:
    service = a_service()
    ask(service, a_device(0))
    ask(service, a_device(1))
    one, other = known(service)
    for device_id, auth_set_id in (
        ("nobody", one.auth_sets[0].id),
        (one.device.id, "none"),
        (one.device.id, other.auth_sets[0].id),
    ):
        with pytest.raises(NotFound):
            set_auth_status(service, WORKSPACE, AuthDecision(device_id, auth_set_id, ACCEPTED), NOW)
    with pytest.raises(NotFound):
        set_auth_status(service, "other", AuthDecision(one.device.id, one.auth_sets[0].id, ACCEPTED), NOW)
    assert counted(service)["pending"] == 2


def test_a_transition_that_is_not_the_operators_changes_nothing() -> None:
    service = a_service()
    ask(service, a_device())
    (device,) = known(service)
    with pytest.raises(Invalid):
        decide(service, device, 0, AuthStatus.PREAUTHORIZED)
    assert_consistent(service)


def test_pages_go_by_status_then_id_and_miss_nobody() -> None:
    service = a_service()
    for number in range(7):
        ask(service, a_device(number))
    for device, status in zip(known(service)[:4], (ACCEPTED, ACCEPTED, REJECTED, PENDING), strict=True):
        decide(service, device, 0, status)
    everybody = [(device.device.status, device.device.id) for device in known(service)]
    assert everybody == sorted(everybody)
    pages = [list_devices(service, WORKSPACE, EVERYBODY, offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert [(d.device.status, d.device.id) for page in pages for d in page.devices] == everybody
    assert [page.more for page in pages] == [True, True, False, False]


def test_a_list_may_be_narrowed_to_a_status_and_to_ids() -> None:
    service = a_service()
    for number in range(4):
        ask(service, a_device(number))
    first, second, *_ = known(service)
    decide(service, first, 0, ACCEPTED)

    def found(status: AuthStatus | None, *ids: str) -> list[str]:
        page = list_devices(
            service, WORKSPACE, DeviceFilter(frozenset({status} if status else ()), ids), offset=0, limit=10
        )
        return [device.device.id for device in page.devices]

    assert found(ACCEPTED) == [first.device.id]
    assert len(found(PENDING)) == 3
    assert found(REJECTED) == []
    assert found(None, second.device.id, first.device.id, "nobody", second.device.id) == [
        first.device.id,
        second.device.id,
    ]
    assert found(PENDING, second.device.id, first.device.id) == [second.device.id]


def test_a_page_costs_its_own_devices_and_the_directory_before_it() -> None:
    service = a_service()
    for number in range(10):
        ask(service, Identified(f'{{"mac": "{number}", "note": "{"x" * 3000}"}}', KEYS[0]))
    with measured(service.table) as meter:
        list_devices(service, WORKSPACE, EVERYBODY, offset=2, limit=2)
    entries = 5  # of 3 KB each: two before the page, the page, and one that tells whether there are more
    assert (meter.usage.calls, meter.usage.read_units) == (2, -(-entries * 3 // 4) + 2 * 2)


def test_a_list_reads_on_where_the_tables_page_ends() -> None:
    service = a_service()
    for number in range(9):
        ask(service, a_device(number))
    everybody = known(service)
    assert isinstance(service.table, MemoryTable)
    service.table.page_bytes = 600
    assert known(service) == everybody
    page = list_devices(service, WORKSPACE, EVERYBODY, offset=3, limit=4)
    assert (page.devices, page.more) == (everybody[3:7], True)


def test_a_list_shows_nothing_of_another_workspace() -> None:
    service = a_service()
    ask(service, a_device())
    ids = (known(service)[0].device.id,)
    for wanted in (EVERYBODY, DeviceFilter(ids=ids)):
        assert list_devices(service, "other", wanted, offset=0, limit=10).devices == ()
