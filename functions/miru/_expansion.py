"""Which relations an answer is to contain: `expand`, in every spelling that clients use (contract 2.1, 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from miru._refusals import InvalidExpansion
from miru._versions import Version
from sluiceway.http.request import Request

Tree: TypeAlias = Mapping[str, "Tree"]
"""Names of relations, each with those that can be expanded inside of it."""

MOST_LEVELS = 4
TOTAL_COUNT = "total_count"
NOTHING: Tree = {}
_PARAMETERS = frozenset({"expand", "expand[]"})


def per_version(known: Callable[[Version], Tree]) -> Mapping[Version, Tree]:
    """Return what each version can expand."""
    return {version: known(version) for version in Version}


def parse_expansions(request: Request, known: Tree) -> Tree:
    """Return what is to be expanded; a nested name expands what is around it. Raises InvalidExpansion."""
    expanded: dict[str, Tree] = {}
    for name in _names(request):
        _expand(expanded, name, known)
    return expanded


def refuse_expansions(request: Request) -> None:
    """Check that nothing is to be expanded where nothing can be. Raises InvalidExpansion."""
    parse_expansions(request, NOTHING)


def _names(request: Request) -> Iterable[str]:
    values = (value for key, value in request.query if key in _PARAMETERS)
    return (name.strip() for value in values for name in value.split(",") if name.strip())


def _expand(expanded: dict[str, Tree], name: str, known: Tree) -> None:
    steps = name.split(".")
    for step in steps:
        if step not in known or len(steps) > MOST_LEVELS:
            raise InvalidExpansion(name, sorted(known))
        expanded, known = _inside(expanded, step), known[step]


def _inside(expanded: dict[str, Tree], step: str) -> dict[str, Tree]:
    inner = dict(expanded.get(step, {}))
    expanded[step] = inner
    return inner
