"""JSON read strictly: what passes can be stored and given back as it is.

No repeated member, no number beyond 64 bits or without a finite value, no half of a surrogate pair, no nesting past
`DEEPEST`. Whatever a stranger wrote and others will read goes through here. What is kept as the text that it is may
have larger numbers, of up to `MOST_DIGITS` digits: `read_wide_json`; where they are to stay what they are though the
text is taken apart, `read_exact_json` and `write_exact_json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

DEEPEST = 64
MOST_DIGITS = 1000
_INTEGER_DIGITS = len(str(-(2**63)))
_TOO_MANY_DIGITS = f"a number has more than {MOST_DIGITS} digits"


def read_json(text: str) -> Json:
    """Read a JSON text. Raises ValueError with what is wrong, and where if that is known."""
    return _read(text, _integer, _finite)


def read_wide_json(text: str) -> Json:
    """Read a JSON text of larger numbers; what is too large for a float becomes an integer. Raises ValueError."""
    return _read(text, _wide_integer, _wide_number)


def read_exact_json(text: str) -> object:
    """Read a JSON text of larger numbers, of which none is rounded: those that are no integers are of type Decimal.

    Raises ValueError.
    """
    return _read(text, _wide_integer, _exact_number)


def write_exact_json(value: object) -> str:
    """Write what was read exactly, on one line, with each number as large and as precise as it was."""
    match value:
        case dict():
            return f"{{{', '.join(f'{_text(name)}: {write_exact_json(inner)}' for name, inner in value.items())}}}"
        case list():
            return f"[{', '.join(map(write_exact_json, value))}]"
        case Decimal():
            return str(value)
        case _:
            return _text(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(text: str, parse_int: Callable[[str], int], parse_float: Callable[[str], float | Decimal]) -> Json:
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=parse_int,
            parse_float=parse_float,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as broken:
        raise ValueError(f"{broken.msg} at character {broken.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _refuse_deep(value)
    _refuse_half_pairs(text, value)
    return value


def canonical_json(value: Json) -> str:
    """Write a value with sorted keys and no spaces, so that what says the same reads the same."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def bytes_as_sent(text: str) -> int:
    """Measure a JSON text as it is in an answer: a string within the JSON that Lambda hands on."""
    return len(json.dumps(text, ensure_ascii=False).encode())


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


def _wide_integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise ValueError(_TOO_MANY_DIGITS)
    return int(digits)


def _wide_number(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _exactly(digits)


def _exact_number(digits: str) -> Decimal:
    with suppress(InvalidOperation):
        if len(digits) <= MOST_DIGITS:
            return Decimal(digits)
    raise ValueError(_TOO_MANY_DIGITS)


def _exactly(digits: str) -> int:
    """Read a number that is too large for a float. Only long ones have a fraction, which nobody writes."""
    if len(digits) <= MOST_DIGITS:
        with suppress(InvalidOperation):
            number = Decimal(digits)
            if number.adjusted() < MOST_DIGITS and number.as_integer_ratio()[1] == 1:
                return int(number)
    raise ValueError(_TOO_MANY_DIGITS)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_half_pairs(text: str, value: Json) -> None:
    """Only an escape can hide one from the text itself."""
    shown = json.dumps(value, ensure_ascii=False, default=str) if "\\u" in text else text
    try:
        shown.encode()
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
