"""Saved filters as items. Their terms are JSON text, since tables store no fractions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from sluiceway.domain.inventory_search import Operand, Operator, Place, SavedFilter, Scope, Term
from sluiceway.storage import keys
from sluiceway.storage.table import Item, Record


def filter_item(saved: SavedFilter) -> Item:
    """Return the stored form of a filter."""
    return {"name": saved.name, "terms": terms_text(saved.terms)}


def read_filter(record: Record) -> SavedFilter:
    """Return the filter of an item."""
    name, terms = cast("str", record.item["name"]), cast("str", record.item["terms"])
    return SavedFilter(keys.unescape(record.key.sk), name, read_terms(terms))


def terms_text(terms: Sequence[Term]) -> str:
    """Return terms as JSON text: scope, attribute, operator and operand of each."""
    plain = [[term.place.scope, term.place.name, term.operator, term.operand] for term in terms]
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_terms(text: str) -> tuple[Term, ...]:
    """Return the terms of `terms_text`."""
    return tuple(
        Term(Place(Scope(scope), name), Operator(operator), _frozen(operand))
        for scope, name, operator, operand in json.loads(text)
    )


def _frozen(operand: object) -> Operand:
    return tuple(operand) if isinstance(operand, list) else operand  # type: ignore[return-value]  # as it was written
