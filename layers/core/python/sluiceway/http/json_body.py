"""JSON bodies read strictly and without pydantic, for the device calls whose cold start counts.

What passes can be stored and given back as it is: UTF-8 without a byte order mark, no repeated member, no number beyond
64 bits or without a finite value, no half of a surrogate pair, no nesting past `DEEPEST`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from sluiceway.domain.errors import Invalid
from sluiceway.http.request import Request

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

DEEPEST = 64
_INTEGER_DIGITS = len(str(-(2**63)))


def json_value(request: Request, *, what: str = "request body") -> Json:
    """Read the body. Raises Invalid with a text that calls the body `what` and says where it is broken."""
    try:
        return _decode(request.body.decode())
    except UnicodeDecodeError as broken:
        raise Invalid(f"failed to decode {what}: not UTF-8 at byte {broken.start}") from None
    except json.JSONDecodeError as broken:
        raise Invalid(f"failed to decode {what}: {broken.msg} at character {broken.pos}") from None
    except (ValueError, RecursionError) as broken:
        reason = "nested too deeply" if isinstance(broken, RecursionError) else str(broken)
        raise Invalid(f"failed to decode {what}: {reason}") from None


def json_object(request: Request, *, what: str = "request body") -> Mapping[str, Json]:
    """Read the body, which must be an object. Raises Invalid."""
    value = json_value(request, what=what)
    if not isinstance(value, dict):
        raise Invalid(f"failed to decode {what}: it is not an object")
    return value


def text_member(body: Mapping[str, Json], name: str, *, longest: int, required: bool = True) -> str:
    """One string member of at most `longest` characters, empty when it may be absent and is. Raises Invalid."""
    fault = _fault(body.get(name), longest, required=required)
    if fault:
        raise Invalid(f"{name}: {fault}.")
    return str(body.get(name) or "")


def text_members(body: Mapping[str, Json], names: Iterable[str], *, longest: int) -> dict[str, str]:
    """Several required string members. Raises Invalid with what is wrong with each of them, by name."""
    faults = {name: _fault(body.get(name), longest, required=True) for name in sorted(names)}
    if any(faults.values()):
        raise Invalid("; ".join(f"{name}: {fault}" for name, fault in faults.items() if fault) + ".")
    return {name: str(body[name]) for name in faults}


def _fault(value: Json, longest: int, *, required: bool) -> str:
    if value is None or value == "":
        return "cannot be blank" if required else ""
    if not isinstance(value, str):
        return "must be a string"
    return f"the length must be no more than {longest}" if len(value) > longest else ""


def _decode(text: str) -> Json:
    value: Json = json.loads(
        text, object_pairs_hook=_object, parse_int=_integer, parse_float=_finite, parse_constant=_refuse_constant
    )
    if "\\u" in text:
        _refuse_half_pairs(value)
    _refuse_deep(value)
    return value


def _object(members: list[tuple[str, Json]]) -> dict[str, Json]:
    read = dict(members)
    if len(read) < len(members):
        raise ValueError("an object has the same member twice")
    return read


def _integer(digits: str) -> int:
    if len(digits) > _INTEGER_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise ValueError("an integer has more than 64 bits")
    return int(digits)


def _finite(digits: str) -> float:
    if not math.isfinite(float(digits)):
        raise ValueError("a number is too large")
    return float(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_half_pairs(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a string has half of a surrogate pair") from None


def _refuse_deep(value: Json) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _contents(outer)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _contents(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
