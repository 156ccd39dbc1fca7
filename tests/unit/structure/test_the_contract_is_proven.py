"""Every point of mender contract 16 and every row of its section 17 is carried by the name of a test that proves it.

`test_12_…` proves point 12, `test_02_04_…` two points, `test_15_decision_4_…` a point and a row.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.unit.structure.sources import ROOT, python_files, tree_of

POINTS = range(1, 29)
DECISIONS = range(1, 31)
OTHER_SURFACES = {"losant", "miru", "native"}
"""Their contracts count for themselves."""


def names_of_tests() -> Iterator[str]:
    """The name of every test function but those of other surfaces, without `test_`."""
    for path in python_files(ROOT / "tests"):
        nodes = () if OTHER_SURFACES & {*path.relative_to(ROOT).parts} else ast.walk(tree_of(path))
        for node in nodes:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name.removeprefix("test_")


def points_of(name: str) -> set[int]:
    """The numbers that a name begins with."""
    leading = re.match(r"(?:\d\d_)*", name)
    return {int(number) for number in re.findall(r"\d\d", leading.group() if leading else "")}


def decisions_of(name: str) -> set[int]:
    """The rows that a name says it decides."""
    return {int(number) for number in re.findall(r"(?:^|_)decision_(\d+)_", name)}


def numbers_of(numbers: Iterator[set[int]]) -> set[int]:
    return set().union(*numbers)


def test_every_point_of_the_checklist_is_in_the_name_of_a_test() -> None:
    assert numbers_of(map(points_of, names_of_tests())) >= set(POINTS)


def test_every_decision_is_in_the_name_of_a_test() -> None:
    assert numbers_of(map(decisions_of, names_of_tests())) >= set(DECISIONS)
