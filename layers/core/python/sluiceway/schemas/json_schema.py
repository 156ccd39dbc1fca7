"""JSON Schema, draft 2020-12: what is a schema, and where content is at odds with one.

A schema is a small program of a stranger's. Its references may multiply its steps beyond any bound, and its patterns
run on an engine that backtracks: `process.py` has this module run in a process of its own, which is stopped in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.domain.errors import Violation
from sluiceway.domain.strict_json import Json, canonical_json, read_wide_json
from sluiceway.schemas.yaml_text import yaml_as_json

MOST_VIOLATIONS = 20
_MOST_CHARACTERS = 300
"""Of a message, which repeats the content it is about."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORMATS = FormatChecker(())


@_FORMATS.checks("regex", raises=(re.error, OverflowError, RecursionError))
def _is_pattern(text: object) -> bool:
    return not isinstance(text, str) or bool(re.compile(text))


def canonical_schema(text: str, format_: SchemaFormat) -> str:
    """Return a schema in canonical JSON. Raises ValueError with what is wrong with a text that is no schema."""
    schema = _read(text, format_)
    if isinstance(schema, dict) and str(schema.get("$schema", _DIALECT)).rstrip("#") != _DIALECT:
        raise ValueError(f"$schema: only draft 2020-12 is taken, which is {_DIALECT}")
    try:
        Draft202012Validator.check_schema(schema, format_checker=_FORMATS)
    except SchemaError as error:
        raise ValueError(f"{error.json_path}: {_shortened(error.message)}") from None
    _refuse_loose_references(schema)
    return canonical_json(schema)


def violations_of(case: Case) -> list[Violation]:
    """Return the first violations of JSON content, none when it matches. Raises ValueError for a schema without end."""
    validator = Draft202012Validator(_read(case.schema, case.format), registry=REGISTRY)
    try:
        errors = validator.iter_errors(read_wide_json(case.content))
        return [_violation(error) for error in islice(errors, MOST_VIOLATIONS)]
    except RecursionError:
        raise ValueError("the schema refers to itself without end") from None
    except OverflowError:
        raise ValueError("a number is too large for multipleOf to divide it") from None


def _read(text: str, format_: SchemaFormat) -> Any:  # noqa: ANN401 - as jsonschema takes it: any JSON
    return read_wide_json(yaml_as_json(text) if format_ is SchemaFormat.YAML else text)


def _violation(error: ValidationError) -> Violation:
    return Violation(tuple(str(step) for step in error.absolute_path), _shortened(error.message))


def _shortened(message: str) -> str:
    return message if len(message) <= _MOST_CHARACTERS else f"{message[:_MOST_CHARACTERS]}…"


def _refuse_loose_references(schema: Json) -> None:
    """Find them now, not when content comes: what is outside of the document is never fetched."""
    root = DRAFT202012.create_resource(schema)
    for resource, resolver in _below(root, REGISTRY.resolver_with_root(root)):
        for reference in _references(resource.contents):
            _look_up(resolver, reference)


def _look_up(resolver: Any, reference: str) -> None:  # noqa: ANN401 - generic in what it never looks at
    try:
        resolver.lookup(reference)
    except Unresolvable:
        raise ValueError(
            f"the reference {reference} leads nowhere in the document, and nothing outside of it is looked at"
        ) from None


def _below(resource: Any, resolver: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - generic in what it never looks at
    yield resource, resolver
    for inner in resource.subresources():
        yield from _below(inner, resolver.in_subresource(inner))


def _references(contents: Json) -> Iterator[str]:
    if isinstance(contents, dict):
        yield from (str(contents[name]) for name in ("$ref", "$dynamicRef") if name in contents)
