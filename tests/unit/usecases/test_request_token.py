from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.device import AuthStatus, KnownDevice
from sluiceway.domain.errors import Invalid, Unauthenticated
from sluiceway.storage import keys
from sluiceway.storage.table import Put, Update
from sluiceway.usecases.credentials import DEVICES
from sluiceway.usecases.list_devices import DeviceFilter, list_devices
from sluiceway.usecases.request_token import MOST_AUTH_SETS, request_token
from sluiceway.usecases.service import Service
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.device_keys import KINDS, Identified, new_key, shared_key
from tests.unit.usecases.stores import WORKSPACE, before_call, make_service, over

OTHER_WORKSPACE = "w2"
MAC = '{"mac": "02:00:00:00:00:01", "sn": "7"}'


@pytest.fixture(name="service")
def _service() -> Service:
    service = make_service()
    for workspace in (WORKSPACE, OTHER_WORKSPACE):
        service.table.write(Put(keys.workspace(workspace), {"ws": workspace, "name": workspace, "created": 0}))
    service.table.write(Put(keys.default_workspace(), {"ws": WORKSPACE}))
    return service


def a_device(kind: str = "Ed25519") -> Identified:
    return Identified(MAC, shared_key(kind))


def ask(service: Service, device: Identified, tenant_token: str = "", **later: float) -> str | None:
    """The token, None while the device has to wait."""
    try:
        return request_token(service, device.request(tenant_token), NOW + timedelta(**later))
    except Unauthenticated:
        return None


def known(service: Service, workspace: str = WORKSPACE) -> tuple[KnownDevice, ...]:
    return list_devices(service, workspace, DeviceFilter(), offset=0, limit=500).devices


def decide(service: Service, status: AuthStatus, number: int = -1) -> None:
    """Decide about a key of the only device, by its place in time."""
    (device,) = known(service)
    decision = AuthDecision(device.device.id, device.auth_sets[number].id, status)
    set_auth_status(service, WORKSPACE, decision, NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_19_a_device_with_any_kind_of_key_waits_and_gets_a_token_once_accepted(service: Service, kind: str) -> None:
    device = a_device(kind)
    assert ask(service, device) is None
    (shown,) = known(service)
    assert (shown.device.status, shown.identity) == (AuthStatus.PENDING, '{"mac":"02:00:00:00:00:01","sn":"7"}')
    assert [auth_set.status for auth_set in shown.auth_sets] == [AuthStatus.PENDING]
    decide(service, AuthStatus.ACCEPTED)
    token = ask(service, device)
    claims = service.tokens.verify(token or "", audience=DEVICES, now=NOW)
    assert (claims["sub"], claims["jti"]) == (shown.device.id, shown.auth_sets[0].id)
    assert (claims["mender.device"], claims["mender.tenant"]) == (True, WORKSPACE)
    assert (claims["mender.plan"], claims["mender.trial"]) == ("enterprise", False)
    assert (claims["iat"], claims["exp"]) == (NOW.timestamp(), (NOW + timedelta(days=7)).timestamp())
    assert len(token or "") < 4096


def test_a_device_that_waits_is_told_nothing_but_that(service: Service) -> None:
    with pytest.raises(Unauthenticated, match=r"^dev auth: unauthorized$"):
        request_token(service, a_device().request(), NOW)


def test_a_device_that_asks_again_and_again_is_one_device_with_one_key(service: Service) -> None:
    for _ in range(5):
        ask(service, a_device())
    assert len(known(service)) == 1
    assert len(known(service)[0].auth_sets) == 1


def test_19_the_order_of_identity_members_makes_no_new_device(service: Service) -> None:
    ask(service, a_device())
    ask(service, replace(a_device(), identity='{"sn":"7","mac":"02:00:00:00:00:01"}'))
    assert len(known(service)) == 1


def test_another_identity_is_another_device(service: Service) -> None:
    ask(service, a_device())
    ask(service, replace(a_device(), identity='{"mac": "02:00:00:00:00:02"}'))
    assert len(known(service)) == 2


def test_19_a_new_key_waits_while_the_old_one_works_on(service: Service) -> None:
    old, new = a_device("P-256"), a_device("P-384")
    ask(service, old)
    decide(service, AuthStatus.ACCEPTED)
    assert ask(service, new) is None
    statuses = {auth_set.status for auth_set in known(service)[0].auth_sets}
    assert statuses == {AuthStatus.ACCEPTED, AuthStatus.PENDING}
    assert ask(service, old)


def test_a_rejected_key_stays_rejected_however_often_it_asks(service: Service) -> None:
    ask(service, a_device())
    decide(service, AuthStatus.REJECTED)
    assert ask(service, a_device()) is None
    assert known(service)[0].device.status is AuthStatus.REJECTED


def test_a_new_key_brings_a_rejected_device_back_to_the_operator(service: Service) -> None:
    ask(service, a_device("P-256"))
    decide(service, AuthStatus.REJECTED)
    ask(service, a_device("P-384"))
    assert known(service)[0].device.status is AuthStatus.PENDING


def test_a_preauthorized_key_is_accepted_when_its_device_comes(service: Service) -> None:
    ask(service, a_device())
    (before,) = known(service)
    aid = before.auth_sets[0].id
    device_id = before.device.id
    word = {"status": "preauthorized"}
    service.table.write(Update(keys.auth_set(WORKSPACE, device_id, aid), set=word))
    assert ask(service, a_device())
    (after,) = known(service)
    assert (after.device.status, after.device.accepted) == (AuthStatus.ACCEPTED, aid)


@pytest.mark.parametrize("tenant_token", ["nobody", "x" * 300, "#", "\x00"])
def test_an_unknown_tenant_token_gives_no_access(service: Service, tenant_token: str) -> None:
    assert ask(service, a_device(), tenant_token) is None
    assert known(service) == ()


def test_a_tenant_token_says_which_workspace_is_meant(service: Service) -> None:
    ask(service, a_device(), OTHER_WORKSPACE)
    assert known(service) == ()
    assert len(known(service, OTHER_WORKSPACE)) == 1


def test_the_same_identity_in_two_workspaces_is_two_devices(service: Service) -> None:
    ask(service, a_device(), WORKSPACE)
    decide(service, AuthStatus.ACCEPTED)
    assert ask(service, a_device(), OTHER_WORKSPACE) is None


def test_a_wrong_signature_makes_no_device(service: Service) -> None:
    request = a_device().request()
    for forged in (replace(request, body=request.body + b" "), replace(request, signature="AAAA")):
        with pytest.raises(Unauthenticated, match="signature verification failed"):
            request_token(service, forged, NOW)
    assert known(service) == ()


@pytest.mark.parametrize("signature", [None, ""])
def test_a_missing_signature_makes_no_device(service: Service, signature: str | None) -> None:
    with pytest.raises(Invalid, match="missing request signature header"):
        request_token(service, replace(a_device().request(), signature=signature), NOW)
    assert known(service) == ()


def test_checks_go_from_the_body_over_the_key_to_the_signature(service: Service) -> None:
    request = replace(a_device().request(), identity="[]", public_key="x", signature="AAAA")
    with pytest.raises(Invalid, match="id_data"):
        request_token(service, request, NOW)
    with pytest.raises(Invalid, match="public key"):
        request_token(service, replace(request, identity=MAC), NOW)


def test_a_device_has_a_hundred_keys_at_most(service: Service) -> None:
    for _ in range(MOST_AUTH_SETS + 1):
        ask(service, Identified(MAC, new_key("P-256")))
    assert len(known(service)[0].auth_sets) == MOST_AUTH_SETS


def test_when_a_key_was_last_used_is_written_once_an_hour(service: Service) -> None:
    ask(service, a_device())
    with measured(service.table) as meter:
        ask(service, a_device(), minutes=59)
    assert meter.usage.write_units == 0
    with measured(service.table) as meter:
        ask(service, a_device(), minutes=60)
    assert meter.usage.write_units == 1
    assert known(service)[0].auth_sets[0].updated == NOW + timedelta(hours=1)


def test_a_new_device_is_one_transaction_of_six_items(service: Service) -> None:
    with measured(service.table) as meter:
        ask(service, a_device())
    assert meter.usage.write_units == 12


@pytest.mark.parametrize("number", range(3))
def test_two_first_requests_at_once_make_one_device(service: Service, number: int) -> None:
    ask(over(service, before_call(number, lambda: ask(service, a_device()))), a_device())
    (device,) = known(service)
    assert len(device.auth_sets) == 1


@pytest.mark.parametrize("number", range(6))
def test_two_new_keys_at_once_are_both_kept(service: Service, number: int) -> None:
    ask(service, a_device("RSA 2048"))
    ask(over(service, before_call(number, lambda: ask(service, a_device("P-256")))), a_device("P-384"))
    (device,) = known(service)
    assert len(device.auth_sets) == 3
