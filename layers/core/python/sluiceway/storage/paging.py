"""Reading on: DynamoDB ends a page after 1 MB, callers often want everything."""

from __future__ import annotations

from dataclasses import replace

from sluiceway.storage.table import Query, Record, Table


def read_all(table: Table, query: Query) -> list[Record]:
    """Return the items of every page of a query."""
    page = table.query(query)
    records = list(page.records)
    while page.after:
        page = table.query(replace(query, after=page.after))
        records += page.records
    return records
