"""What a contract lists to be proven is carried by the names of tests that prove it.

Mender contract 16 lists points and its section 17 rows: `test_12_…` proves point 12, `test_02_04_…` two points,
`test_15_decision_4_…` a point and a row. Losant contract 9 lists points: `test_9_3_…` proves point 3.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.unit.structure.sources import ROOT, python_files, tree_of

POINTS = range(1, 29)
DECISIONS = range(1, 31)
LOSANT_POINTS = range(1, 11)
OTHER_SURFACES = {"losant", "miru", "native"}
"""Their contracts count for themselves."""


def names_of_tests(surface: str) -> Iterator[str]:
    """The name of every test function but those of other surfaces, without `test_`."""
    for path in python_files(ROOT / "tests"):
        if not (OTHER_SURFACES - {surface}) & {*path.relative_to(ROOT).parts}:
            yield from names_in(path)


@cache
def names_in(path: Path) -> tuple[str, ...]:
    """The names of the test functions of a file, those in its classes too."""
    functions = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef))
    return tuple(each.name.removeprefix("test_") for each in functions if each.name.startswith("test_"))


def points_of(name: str) -> set[int]:
    """The numbers that a name begins with."""
    leading = re.match(r"(?:\d\d_)*", name)
    return {int(number) for number in re.findall(r"\d\d", leading.group() if leading else "")}


def decisions_of(name: str) -> set[int]:
    """The rows that a name says it decides."""
    return {int(number) for number in re.findall(r"(?:^|_)decision_(\d+)_", name)}


def losant_points_of(name: str) -> set[int]:
    """The point of Losant's checklist that a name begins with."""
    return {int(number) for number in re.findall(r"^9_(\d+)_", name)}


def numbers_of(numbers: Iterator[set[int]]) -> set[int]:
    return set().union(*numbers)


def test_every_point_of_the_checklist_is_in_the_name_of_a_test() -> None:
    assert numbers_of(map(points_of, names_of_tests("mender"))) >= set(POINTS)


def test_every_decision_is_in_the_name_of_a_test() -> None:
    assert numbers_of(map(decisions_of, names_of_tests("mender"))) >= set(DECISIONS)


def test_every_point_of_the_losant_checklist_is_in_the_name_of_a_test() -> None:
    assert numbers_of(map(losant_points_of, names_of_tests("losant"))) == set(LOSANT_POINTS)
