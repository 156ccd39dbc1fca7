"""Reading on: DynamoDB ends a page after 1 MB, callers often want everything."""

from __future__ import annotations

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
