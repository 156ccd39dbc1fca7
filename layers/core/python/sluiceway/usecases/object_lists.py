"""Pages of lists that are read whole and sorted in memory (losant contract 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Generic, Protocol, TypeAlias, TypeVar


class Listable(Protocol):
    """What every list can be sorted and filtered by."""

    @property
    def id(self) -> str:
        """Its id: of what is equal otherwise, the older comes first."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def created(self) -> datetime:
        """When it was made."""
        ...

    @property
    def updated(self) -> datetime:
        """When it last changed."""
        ...


T = TypeVar("T", bound=Listable)
SortKey: TypeAlias = "str | datetime | int"


class ObjectField(StrEnum):
    """What a list can be sorted by."""

    NAME = "name"
    ID = "id"
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class ObjectListing:
    """Which page to list; a glob has `*` and `?`, and tells the case of letters apart."""

    field: ObjectField = ObjectField.NAME
    descending: bool = False
    offset: int = 0
    limit: int = 100
    name_glob: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectPage(Generic[T]):
    """A page of a list, and how many objects the whole list has."""

    objects: tuple[T, ...]
    total: int


_KEYS: Mapping[ObjectField, Callable[[Listable], SortKey]] = {
    ObjectField.NAME: lambda each: each.name,
    ObjectField.ID: lambda each: each.id,
    ObjectField.CREATED: lambda each: each.created,
    ObjectField.UPDATED: lambda each: each.updated,
}


def page_of(objects: Iterable[T], listing: ObjectListing, key: Callable[[T], SortKey] | None = None) -> ObjectPage[T]:
    """Return a page of some objects, sorted by the field of the listing, or by a key of the list's own."""
    glob = listing.name_glob
    found = sorted((each for each in objects if glob is None or fits_glob(each.name, glob)), key=lambda each: each.id)
    found.sort(key=key or _KEYS[listing.field], reverse=listing.descending)
    return ObjectPage(tuple(found[listing.offset : listing.offset + listing.limit]), len(found))


def fits_glob(name: str, glob: str) -> bool:
    """Tell whether a glob, which has `*` and `?`, fits the whole of a name."""
    return fnmatchcase(name, glob.replace("[", "[[]"))
