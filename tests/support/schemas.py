"""Schemas evaluated right here: what a process of its own would answer, without its limits."""

from __future__ import annotations

from collections.abc import Sequence

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.domain.errors import Invalid, Violation
from sluiceway.schemas.json_schema import canonical_schema, violations_of


class InlineSchemas:
    def canonical(self, schema: str, format_: SchemaFormat) -> str:
        try:
            return canonical_schema(schema, format_)
        except ValueError as broken:
            raise Invalid(str(broken)) from None

    def violations(self, cases: Sequence[Case]) -> list[tuple[Violation, ...]]:
        try:
            return [tuple(violations_of(case)) for case in cases]
        except ValueError as broken:
            raise Invalid(str(broken)) from None
