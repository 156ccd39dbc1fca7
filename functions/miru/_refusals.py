"""What only this surface refuses: how it is called, not what is done (contract 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from sluiceway.domain.errors import Invalid


class MissingApiVersion(Invalid):
    """The caller names no version where it has to."""

    def __init__(self) -> None:
        super().__init__("the header Miru-Version is required under this path")


class UnsupportedApiVersion(Invalid):
    """The caller names a version that is not served."""

    def __init__(self, name: str, supported: Sequence[str]) -> None:
        super().__init__(f"the version {name} is not served")
        self.supported = tuple(supported)


class InvalidExpansion(Invalid):
    """`expand` names what cannot be expanded."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{name} cannot be expanded here")
        self.name = name
        self.known = tuple(known)


class InvalidOrderBy(Invalid):
    """`order_by` names a field that no list is sorted by, or no direction."""

    def __init__(self, term: str) -> None:
        super().__init__(f"a list cannot be sorted by {term}: it can by id and created_at, each :asc or :desc")
        self.term = term
