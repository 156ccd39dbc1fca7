"""JSON bodies without pydantic, for the device calls whose cold start counts: UTF-8 without a byte order mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from sluiceway.domain.errors import Invalid, InvalidMembers
from sluiceway.domain.strict_json import Json, read_exact_json, read_json
from sluiceway.http.request import Request

ValueT = TypeVar("ValueT")


def json_value(request: Request, *, what: str = "request body") -> Json:
    """Read the body. Raises Invalid with a text that calls the body `what` and says where it is broken."""
    return _value(request, read_json, what)


def exact_json_value(request: Request) -> object:
    """Read the body as `json_value` does, but with larger numbers, and rounding none: `read_exact_json`."""
    return _value(request, read_exact_json, "request body")


def _value(request: Request, read: Callable[[str], ValueT], what: str) -> ValueT:
    try:
        return read(request.body.decode())
    except UnicodeDecodeError as broken:
        raise Invalid(f"failed to decode {what}: not UTF-8 at byte {broken.start}") from None
    except ValueError as broken:
        raise Invalid(f"failed to decode {what}: {broken}") from None


def json_object(request: Request, *, what: str = "request body") -> Mapping[str, Json]:
    """Read the body, which must be an object. Raises Invalid."""
    value = json_value(request, what=what)
    if not isinstance(value, dict):
        raise Invalid(f"failed to decode {what}: it is not an object")
    return value


def text_member(body: Mapping[str, Json], name: str, *, longest: int, required: bool = True) -> str:
    """One string member of at most `longest` characters, empty when it may be absent and is. Raises InvalidMembers."""
    fault = _fault(body.get(name), longest, required=required)
    if fault:
        raise InvalidMembers([(name, fault)], after=".")
    return str(body.get(name) or "")


def text_members(body: Mapping[str, Json], names: Iterable[str], *, longest: int, of: str = "") -> dict[str, str]:
    """Several required string members, of the body or of its member `of`. Raises InvalidMembers with all faults."""
    faults = {name: _fault(body.get(name), longest, required=True) for name in sorted(names)}
    if any(faults.values()):
        told = [(f"{of}.{name}" if of else name, fault) for name, fault in faults.items() if fault]
        raise InvalidMembers(told, after=".")
    return {name: str(body[name]) for name in faults}


def _fault(value: Json, longest: int, *, required: bool) -> str:
    if value is None or value == "":
        return "cannot be blank" if required else ""
    if not isinstance(value, str):
        return "must be a string"
    return f"the length must be no more than {longest}" if len(value) > longest else ""
