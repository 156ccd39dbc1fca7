"""Saved filters as JSON (contract 7, 8.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from mender._wire_inventory_search import MOST_TERMS, FilterBody
from sluiceway.domain.inventory_search import SavedFilter, Term
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body

MOST_NAME_CHARACTERS = 256


class NewFilter(WireModel):
    """Body of a creation. A filter without terms would find every device, so there has to be one."""

    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME_CHARACTERS)]
    terms: Annotated[list[FilterBody], Field(min_length=1, max_length=MOST_TERMS)]

    def to_terms(self) -> tuple[Term, ...]:
        """Return the conditions."""
        return tuple(body.to_term() for body in self.terms)


def parse_filter(request: Request) -> NewFilter:
    """Read a filter to keep. Raises Invalid."""
    return parse_body(NewFilter, request)


def filter_json(saved: SavedFilter) -> dict[str, Any]:
    """Render a filter."""
    return {"id": saved.id, "name": saved.name, "terms": terms_json(saved.terms)}


def terms_json(terms: Iterable[Term]) -> list[dict[str, Any]]:
    """Render the conditions as they were given."""
    return [
        {
            "scope": str(term.place.scope),
            "attribute": term.place.name,
            "type": str(term.operator),
            "value": list(term.operand) if isinstance(term.operand, tuple) else term.operand,
        }
        for term in terms
    ]
