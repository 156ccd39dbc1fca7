r"""Regular expressions of callers, held to what runs in bounded time.

Python's engine backtracks: `(a+)+$` takes longer than the universe has on forty letters. Refused is whatever makes it
do so: a repeated group, a back reference, a look-around, and more than three repetitions without a bound.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sluiceway.domain.errors import Invalid

MOST_PATTERN_CHARACTERS = 256
_MOST_REPETITIONS = 3
_CLASS_OR_ESCAPE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}")
_EXTENSION = re.compile(r"\(\?(?!:|i\))")


@lru_cache(maxsize=64)
def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile a caller's regular expression. Raises Invalid for one that is malformed or could run for ever."""
    if len(text) > MOST_PATTERN_CHARACTERS:
        raise Invalid(f"$regex: at most {MOST_PATTERN_CHARACTERS} characters")
    plain = _CLASS_OR_ESCAPE.sub(_neutral, text)
    if _REPEATED_GROUP.search(plain) or _EXTENSION.search(plain) or len(_UNBOUNDED.findall(plain)) > _MOST_REPETITIONS:
        raise Invalid(
            f"$regex: no repeated groups, no look-around, and at most {_MOST_REPETITIONS} of *, + and {{n,}} are taken"
        )
    try:
        return re.compile(text)
    except re.error as malformed:
        raise Invalid(f"$regex: {malformed}") from malformed


def _neutral(found: re.Match[str]) -> str:
    r"""Stand for an escape or a class with one letter; a back reference such as `\1` is shown as a forbidden group."""
    return "(?=" if re.fullmatch(r"\\[1-9]", found[0]) else "x"
