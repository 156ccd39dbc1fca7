"""Searches that users keep, to repeat them and to deploy by them (mender contract 7, 8.4)."""

from __future__ import annotations

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.inventory_search import SavedFilter, Term
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.filter_items import filter_item, read_filter, terms_text
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Delete, Present, Put, Query, Record
from sluiceway.usecases.service import Service

MOST_TERM_BYTES = 4 * 1024
"""Every idle poll of a workspace reads the terms of all its active deployments by a filter."""


def save_filter(service: Service, workspace: str, name: str, terms: tuple[Term, ...]) -> str:
    """Keep a search and return its id. Raises Invalid above 4 KiB of terms."""
    size = len(terms_text(terms).encode())
    if size > MOST_TERM_BYTES:
        raise Invalid(f"terms: {size} bytes are too many, at most {MOST_TERM_BYTES}: give the devices a tag or a group")
    saved = SavedFilter(service.new_id(), name, terms)
    kept = Put(keys.saved_filter(workspace, saved.id), filter_item(saved))
    return commit(service.table, lambda: (saved.id, [kept]))


def list_filters(service: Service, workspace: str) -> list[SavedFilter]:
    """Return all saved filters by name, those of one name by id."""
    found = map(read_filter, read_all(service.table, Query(keys.saved_filters(workspace))))
    return sorted(found, key=lambda saved: (saved.name, saved.id))


def load_filter(service: Service, workspace: str, filter_id: str) -> SavedFilter:
    """Read a saved filter. Raises NotFound."""
    key = keys.saved_filter(workspace, filter_id)
    stored = service.table.get(key)
    if stored is None:
        raise NotFound(f"filter {filter_id}")
    return read_filter(Record(key, stored))


def delete_filter(service: Service, workspace: str, filter_id: str) -> None:
    """Forget a saved filter; deployments that were made by it keep its terms. Raises NotFound."""
    commit(service.table, lambda: (None, [_removal(service, workspace, filter_id)]))


def _removal(service: Service, workspace: str, filter_id: str) -> Delete:
    saved = load_filter(service, workspace, filter_id)
    return Delete(keys.saved_filter(workspace, saved.id), Present())
