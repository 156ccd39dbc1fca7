"""An OpenAPI document as one page for people: no script, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

Json = dict[str, Any]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dbe3; }
details { border: 1px solid #d5dbe3; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
summary span { color: #5b6675; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-top: 1px solid #e8ecf1; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #dde3ec; } a { color: #8ab4f8; } }
"""


def render_page(document: Json) -> str:
    """Render the document: operations by service, then the schemas that they link to."""
    title, text = escape(document["info"]["title"]), escape(document["info"]["description"])
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.strip().split("\n\n"))
    services = "".join(_service(name, [*entries], document) for name, entries in _by_service(document))
    schemas = "".join(_schema_section(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>{paragraphs}"
        f"{services}<h2>Schemas</h2>{schemas}</body></html>"
    )


def _by_service(document: Json) -> Iterator[tuple[str, Iterator[tuple[str, str, str, Json]]]]:
    """Pairs of a service and its operations, in the order of their paths."""
    entries = [
        (operation["tags"][0], path, method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return groupby(sorted(entries, key=itemgetter(0, 1, 2)), key=itemgetter(0))


def _service(name: str, entries: list[tuple[str, str, str, Json]], document: Json) -> str:
    operations = "".join(_operation(method, path, operation, document) for _, path, method, operation in entries)
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>{operations}'


def _operation(method: str, path: str, operation: Json, document: Json) -> str:
    schemes = ", ".join(name for need in operation["security"] for name in need) or "nobody: no credentials are needed"
    return (
        f'<details id="{escape(operation["operationId"])}">'
        f"<summary><b>{method}</b><code>{escape(path)}</code> <span>{escape(operation['summary'])}</span></summary>"
        f"<p>{escape(operation['description'])}</p><p>Credentials of: {escape(schemes)}.</p>"
        f"{_parameters(operation)}{_request_body(operation)}{_answers(operation, document)}</details>"
    )


def _parameters(operation: Json) -> str:
    rows = [
        (_code(each["name"]), each["in"], _necessity(required=each.get("required", False)), _shape(each["schema"]))
        for each in operation["parameters"]
    ]
    return _table(("Parameter", "In", "", "Value"), rows)


def _request_body(operation: Json) -> str:
    body = operation.get("requestBody")
    if not body:
        return ""
    rows = [
        (_code(kind), _necessity(required=body["required"]), _shape(content["schema"]))
        for kind, content in body["content"].items()
    ]
    return _table(("Body", "", "Value"), rows)


def _answers(operation: Json, document: Json) -> str:
    rows = []
    for status, answer in operation["responses"].items():
        told = document["components"]["responses"][_name(answer)] if "$ref" in answer else answer
        shapes = ", ".join(f"{_code(kind)} {_shape(body['schema'])}" for kind, body in told.get("content", {}).items())
        headers = ", ".join(_code(name) for name in told["headers"])
        rows.append((f"<b>{status}</b>", escape(told["description"]), shapes or "no body", headers))
    return _table(("Answer", "When", "Body", "Headers"), rows)


def _schema_section(name: str, schema: Json) -> str:
    rows = [
        (_code(member), _necessity(required=member in schema.get("required", ())), _shape(described))
        for member, described in schema.get("properties", {}).items()
    ]
    text = escape(schema.get("description", ""))
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{text}</p>{_table(("Member", "", "Value"), rows)}'


def _shape(schema: Json) -> str:
    """What a value looks like, in few words."""
    text = f" {escape(schema['description'])}" if "description" in schema else ""
    return _kind(schema) + _bounds(schema) + text


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return f'<a href="#{escape(_name(schema))}">{escape(_name(schema))}</a>'
    for alternatives in (schema.get("anyOf"), schema.get("oneOf")):
        if alternatives:
            return " or ".join(_kind(each) + _bounds(each) for each in alternatives)
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
        return f"object of {_shape(schema['additionalProperties'])}"
    return escape(schema.get("format") or schema.get("type") or "anything")


_WORDS = {
    "enum": "one of",
    "const": "exactly",
    "pattern": "like",
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "to",
    "exclusiveMaximum": "below",
    "minLength": "characters from",
    "maxLength": "characters to",
    "minItems": "items from",
    "maxItems": "items to",
}


def _bounds(schema: Json) -> str:
    told = [f"{word} {_code(_value(schema[key]))}" for key, word in _WORDS.items() if key in schema]
    return f" ({', '.join(told)})" if told else ""


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return value if isinstance(value, str) else json.dumps(value)


def _necessity(*, required: bool) -> str:
    return "required" if required else "optional"


def _name(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
