"""What a device says of itself when it asks for work, and what it is given (contract 9.2). No pydantic: a hot path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mender._wire_control_maps import control_map_json
from mender._wire_times import rfc3339
from sluiceway.domain.artifacts import Provides
from sluiceway.domain.errors import Invalid
from sluiceway.domain.strict_json import Json
from sluiceway.http.endpoint import Call
from sluiceway.http.json_body import json_object, text_members
from sluiceway.http.request import Request
from sluiceway.http.response import NO_CONTENT, Response, as_json
from sluiceway.usecases.links import device_link
from sluiceway.usecases.next_deployment import Answer, Offer
from sluiceway.usecases.sessions import DeviceSession

LONGEST_VALUE = 4096
_REQUIRED = ("artifact_name", "device_type")


def parse_v2(request: Request) -> Provides:
    """Read `{"device_provides": {…}, "update_control_map": …}`, in which every provided value is a string.

    Raises Invalid.
    """
    body = json_object(request)
    given, reads_control_maps = body.get("device_provides"), body.get("update_control_map")
    if not isinstance(given, dict):
        raise Invalid("device_provides: must be an object.")
    if not isinstance(reads_control_maps, bool | None):
        raise Invalid("update_control_map: must be true or false.")
    return replace(_provides(given, given), reads_control_maps=bool(reads_control_maps))


def parse_v1(request: Request) -> Provides:
    """Read the flat form, where no member but a text provides anything; others may be nested in `artifact_provides`.

    Raises Invalid.
    """
    body = json_object(request)
    nested = body.get("artifact_provides")
    if nested is None:
        nested = {}
    if not isinstance(nested, dict):
        raise Invalid("artifact_provides: must be an object.")
    flat = {name: value for name, value in body.items() if value and isinstance(value, str)}
    return _provides(body, {**nested, **flat})


def parse_query(request: Request) -> Provides:
    """Read the two required values from the query. Raises Invalid."""
    given: dict[str, Json] = {name: request.query_value(name) for name in _REQUIRED}
    return _provides(given, given)


def answer(call: Call[DeviceSession], given: Answer) -> Response:
    """Answer 200 with the deployment and a fresh link to its artifact, or 204 when there is nothing to do.

    With what waits for the device until some moment goes a header that says when to ask next.
    """
    if given.offer is None:
        again = given.ask_again_after(call.caller.device.id, call.now)
        return NO_CONTENT if again is None else NO_CONTENT.with_headers({"retry-after": str(again)})
    return as_json(_offer_json(call, given.offer))


def _offer_json(call: Call[DeviceSession], offer: Offer) -> dict[str, Json]:
    file = offer.artifact.file
    link = device_link(call.service, call.request.origin, offer.artifact, call.now)
    source: dict[str, Json] = {"uri": link.uri, "expire": rfc3339(link.expires)}
    artifact: dict[str, Json] = {
        "id": offer.artifact.id,
        "artifact_name": file.name,
        "source": source,
        "device_types_compatible": list(file.device_types_compatible),
    }
    return {"id": offer.deployment_id, "artifact": artifact, **_control_map_json(offer)}


def _control_map_json(offer: Offer) -> dict[str, Json]:
    if offer.control_map is None:
        return {}
    return {"update_control_map": control_map_json(offer.control_map, offer.deployment_id)}


def _provides(named: Mapping[str, Json], values: Mapping[str, Json]) -> Provides:
    required = text_members(named, _REQUIRED, longest=LONGEST_VALUE)
    others = text_members(values, values.keys() - set(_REQUIRED), longest=LONGEST_VALUE)
    return Provides(required["artifact_name"], required["device_type"], others)
