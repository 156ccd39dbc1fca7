"""The body of an inventory search (contract 7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from sluiceway.domain.inventory_search import Operand, Operator, Order, Place, Scope, Term
from sluiceway.domain.patterns import compile_pattern
from sluiceway.http.pages import Paging
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.fleet_inventory import MOST_SEARCHED, Search

MOST_TERMS = 100
_ScopeWord: TypeAlias = Literal["inventory", "identity", "system", "tags", "monitor"]
_OperatorWord: TypeAlias = Literal["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex"]
_Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=1024)]


class PlaceBody(WireModel):
    """One attribute."""

    scope: _ScopeWord
    attribute: _Name

    @property
    def place(self) -> Place:
        """The attribute it names."""
        return Place(Scope(self.scope), self.attribute)


class FilterBody(PlaceBody):
    """A condition on one attribute."""

    type: _OperatorWord
    value: Any

    @model_validator(mode="after")
    def check_value(self) -> FilterBody:
        """Hold the value to what its operator compares with."""
        operator = Operator(self.type)
        if not _fits(operator, self.value):
            raise ValueError(f"value: it is not what {self.type} compares with")
        if operator is Operator.REGEX:
            compile_pattern(self.value)
        return self

    def to_term(self) -> Term:
        """Return the condition."""
        operand: Operand = tuple(self.value) if isinstance(self.value, list) else self.value
        return Term(self.place, Operator(self.type), operand)


class OrderBody(PlaceBody):
    """One criterion of the sort."""

    order: Literal["asc", "desc"]


class SearchBody(WireModel):
    """What to find and how to show it."""

    page: Annotated[int, Field(ge=1, le=2**31)] = 1
    per_page: Annotated[int, Field(ge=1, le=500)] = 20
    filters: Annotated[list[FilterBody], Field(max_length=MOST_TERMS)] = Field(default_factory=list)
    sort: Annotated[list[OrderBody], Field(max_length=16)] = Field(default_factory=list)
    attributes: Annotated[list[PlaceBody], Field(max_length=1000)] = Field(default_factory=list)
    device_ids: Annotated[list[str], Field(max_length=MOST_SEARCHED)] = Field(default_factory=list)
    text: Annotated[str, Field(max_length=1024)] = ""

    @property
    def paging(self) -> Paging:
        """The page that is asked for."""
        return Paging(self.page, self.per_page)

    @property
    def places(self) -> tuple[Place, ...]:
        """The attributes to show, all when there are none."""
        return tuple(wanted.place for wanted in self.attributes)

    def to_search(self) -> Search:
        """Return what to find."""
        return Search(
            terms=tuple(body.to_term() for body in self.filters),
            orders=tuple(Order(body.place, body.order == "desc") for body in self.sort),
            ids=tuple(self.device_ids),
            words=tuple(self.text.split()),
        )


def parse_search(request: Request) -> SearchBody:
    """Read a search. Raises Invalid."""
    return parse_body(SearchBody, request)


def _fits(operator: Operator, value: object) -> bool:
    match operator:
        case Operator.EXISTS:
            return isinstance(value, bool)
        case Operator.REGEX:
            return isinstance(value, str)
        case Operator.IN | Operator.NOT_IN:
            return isinstance(value, list) and all(map(_is_scalar, value))
        case _:
            return _is_scalar(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
