"""Devices and their keys as JSON, and what is asked of them (contract 6.1, 6.2)."""

from __future__ import annotations

import json
from typing import Any, Literal

from mender._wire_times import rfc3339
from sluiceway.domain.device import AuthSet, AuthStatus, KnownDevice
from sluiceway.http.parameters import path_id, query_word
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.list_devices import DeviceFilter
from sluiceway.usecases.set_auth_status import AuthDecision


class AuthStatusBody(WireModel):
    """The body of a decision about a key."""

    status: Literal["accepted", "rejected", "pending"]


def parse_decision(request: Request) -> AuthDecision:
    """Read which key of which device gets which status. Raises Invalid and NotFound."""
    status = AuthStatus(parse_body(AuthStatusBody, request).status)
    return AuthDecision(path_id(request), path_id(request, "aid"), status)


def parse_filter(request: Request) -> DeviceFilter:
    """Read the filters of a list. Raises Invalid."""
    refusal = f"status must be one of: {', '.join(sorted(AuthStatus))}"
    word = query_word(request, "status", frozenset(AuthStatus), refusal)
    ids = tuple(value for name, value in request.query if name == "id" and value)
    return DeviceFilter(AuthStatus(word) if word else None, ids)


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
