from __future__ import annotations

import re

import pytest

from sluiceway.domain.errors import Invalid
from sluiceway.domain.patterns import MOST_PATTERN_CHARACTERS, compile_pattern


@pytest.mark.parametrize(
    "pattern",
    ["", "abc", "^a.*b$", "[a-z]+-[0-9]+", "(?i)abc", "(?:a|b)c", r"\(x\)+", r"[)*]+x", r"a{2}b{1,3}", r"a.*b.*c.*"],
)
def test_what_runs_in_bounded_time_is_taken(pattern: str) -> None:
    assert compile_pattern(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a|aa){2,}",
        "(?:a+)+",
        "(?=a)b",
        "(?<!a)b",
        r"(a)\1",
        "a*a*a*a*b",
        "a{1,}b+c*d*",
        "(",
        "[",
        "a**",
        "x" * (MOST_PATTERN_CHARACTERS + 1),
    ],
)
def test_what_is_malformed_or_could_run_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid, match=re.escape("$regex")):
        compile_pattern(pattern)
