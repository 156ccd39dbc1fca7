"""Reading on: DynamoDB ends a page after 1 MB, callers often want everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sluiceway.storage.table import Query, Record, Table


def read_first(table: Table, query: Query, count: int) -> list[Record]:
    """Return the first items of a query, `count` at most."""
    page = table.query(replace(query, limit=count))
    records = list(page.records)
    while page.after and len(records) < count:
        page = table.query(replace(query, after=page.after, limit=count - len(records)))
        records += page.records
    return records


def read_all(table: Table, query: Query) -> list[Record]:
    """Return the items of every page of a query."""
    page = table.query(query)
    records = list(page.records)
    while page.after:
        page = table.query(replace(query, after=page.after))
        records += page.records
    return records


def read_all_of(table: Table, queries: Sequence[Query]) -> list[Record]:
    """Return the items of every page of several queries, whose first pages are read side by side."""
    pages = table.query_together(*queries)
    records = [record for page in pages for record in page.records]
    for query, page in zip(queries, pages, strict=True):
        records += read_all(table, replace(query, after=page.after)) if page.after else []
    return records
