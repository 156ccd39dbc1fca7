"""Devices and their keys as JSON, and what is asked of them (contract 6.1, 6.2)."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from mender._wire_times import rfc3339
from sluiceway.domain.device import AuthSet, AuthStatus, KnownDevice
from sluiceway.http.parameters import path_id, query_word
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.devices import Preauthorization
from sluiceway.usecases.list_devices import DeviceFilter
from sluiceway.usecases.set_auth_status import AuthDecision

_Word: TypeAlias = Literal["accepted", "preauthorized", "pending", "rejected", "noauth"]


class AuthStatusBody(WireModel):
    """The body of a decision about a key."""

    status: Literal["accepted", "rejected", "pending"]


def parse_decision(request: Request) -> AuthDecision:
    """Read which key of which device gets which status. Raises Invalid and NotFound."""
    status = AuthStatus(parse_body(AuthStatusBody, request).status)
    return AuthDecision(path_id(request), path_id(request, "aid"), status)


class SearchBody(WireModel):
    """The body of a search: one value or several."""

    status: _Word | list[_Word] = Field(default_factory=list)
    id: str | list[str] = Field(default_factory=list)


class PreauthorizationBody(WireModel):
    """The body that makes a device known; its identity is an object here and a string in the device's own request."""

    identity_data: Annotated[dict[str, Any], Field(min_length=1)]
    pubkey: str
    force: bool = False


def parse_status(request: Request) -> AuthStatus | None:
    """Read the status in the query, None when there is none. Raises Invalid."""
    refusal = f"status must be one of: {', '.join(sorted(AuthStatus))}"
    word = query_word(request, "status", frozenset(AuthStatus), refusal)
    return AuthStatus(word) if word else None


def parse_filter(request: Request) -> DeviceFilter:
    """Read the filters of a list. Raises Invalid."""
    status = parse_status(request)
    ids = tuple(value for name, value in request.query if name == "id" and value)
    return DeviceFilter(frozenset({status} if status else ()), ids)


def parse_search(request: Request) -> DeviceFilter:
    """Read what to look for. Raises Invalid."""
    body = parse_body(SearchBody, request)
    statuses = [body.status] if isinstance(body.status, str) else body.status
    ids = [body.id] if isinstance(body.id, str) else body.id
    return DeviceFilter(frozenset(map(AuthStatus, statuses)), tuple(ids))


def parse_preauthorization(request: Request) -> Preauthorization:
    """Read which device to expect. Raises Invalid."""
    body = parse_body(PreauthorizationBody, request)
    return Preauthorization(json.dumps(body.identity_data, ensure_ascii=False), body.pubkey, body.force)


def device_json(known: KnownDevice) -> dict[str, Any]:
    """Render a device with its keys."""
    device, identity = known.device, json.loads(known.identity)
    seen = {} if device.last_seen is None else {"check_in_time": rfc3339(device.last_seen)}
    return {
        "id": device.id,
        "identity_data": identity,
        "status": device.status,
        "decommissioning": False,
        "created_ts": rfc3339(device.created),
        "updated_ts": rfc3339(device.updated),
        **seen,
        "auth_sets": [_auth_set_json(auth_set, identity) for auth_set in known.auth_sets],
    }


def _auth_set_json(auth_set: AuthSet, identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": auth_set.id,
        "identity_data": identity,
        "pubkey": auth_set.public_key,
        "status": auth_set.status,
        "ts": rfc3339(auth_set.updated),
    }
