"""Devices as the inventory shows them, and what the query of a list asks for (contract 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mender._wire_inventory import parse_attributes
from mender._wire_times import rfc3339
from sluiceway.domain.errors import Invalid
from sluiceway.domain.inventory import Attribute
from sluiceway.domain.inventory_search import GROUP, DeviceInventory, Operator, Order, Place, Scalar, Scope, Term
from sluiceway.http.parameters import path_id, query_word
from sluiceway.http.preconditions import etag, expected_version
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.device_tags import TagChange
from sluiceway.usecases.fleet_inventory import Search

_RESERVED = frozenset({"page", "per_page", "sort", "has_group", "group"})
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def parse_list(request: Request) -> Search:
    """Read filters and order: whatever is not reserved is an attribute that equals a value. Raises Invalid."""
    filters = [_equals(name, value) for name, value in request.query if name not in _RESERVED]
    return Search(terms=(*_group_terms(request), *filters), orders=_orders(request))


def parse_tags(request: Request, *, replaces: bool) -> TagChange:
    """Read the tags of a device. Raises Invalid and NotFound."""
    tags = tuple(parse_attributes(request))
    return TagChange(path_id(request), tags, replaces, expected_version(request))


def device_response(device: DeviceInventory) -> Response:
    """Answer one device, with the version of its tags."""
    return as_json(inventory_json(device)).with_headers(etag(device.tags_version))


def inventory_json(device: DeviceInventory, only: Iterable[Place] = ()) -> dict[str, Any]:
    """Render a device, with all its attributes unless only some are wanted."""
    wanted = set(only)
    return {
        "id": device.id,
        "updated_ts": rfc3339(device.updated),
        "attributes": [
            _attribute_json(scope, attribute)
            for scope, attributes in device.scopes.items()
            for attribute in attributes.values()
            if not wanted or Place(scope, attribute.name) in wanted
        ],
    }


def place_json(place: Place, count: int) -> dict[str, Any]:
    """Render an attribute that devices have."""
    return {"name": place.name, "scope": str(place.scope), "count": count}


def _attribute_json(scope: Scope, attribute: Attribute) -> dict[str, Any]:
    value = list(attribute.value) if isinstance(attribute.value, tuple) else attribute.value
    described = {"description": attribute.description} if attribute.description else {}
    return {"name": attribute.name, "scope": str(scope), "value": value, **described}


def _group_terms(request: Request) -> list[Term]:
    has_group = query_word(request, "has_group", ("true", "false"), "has_group must be true or false")
    group = request.query_value("group")
    terms = [Term(GROUP, Operator.EXISTS, has_group == "true")] if has_group else []
    return [*terms, *([Term(GROUP, Operator.EQUAL, group)] if group else [])]


def _equals(name: str, value: str) -> Term:
    """Compare with the text, and with the number that it may stand for."""
    number: tuple[Scalar, ...] = (float(value),) if _NUMBER.fullmatch(value) else ()
    return Term(_place(name), Operator.IN, (value, *number))


def _place(name: str) -> Place:
    """Read `attribute` or `scope/attribute`; a slash behind anything else belongs to the attribute's name."""
    scope, slash, attribute = name.partition("/")
    if slash and scope in set(Scope):
        name = attribute
    else:
        scope = Scope.INVENTORY
    if not name:
        raise Invalid("an attribute has a name that is not empty")
    return Place(Scope(scope), name)


def _orders(request: Request) -> tuple[Order, ...]:
    given = request.query_value("sort")
    if not given:
        return ()
    name, _, direction = given.partition(":")
    if direction not in {"", "asc", "desc"}:
        raise Invalid("invalid sort order: must be asc or desc")
    return (Order(_place(name), direction == "desc"),)
