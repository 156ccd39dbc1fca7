"""The OpenAPI 3.1 document of a surface, made from its route table and from what each operation takes and answers.

A shape is any type that pydantic can describe: a wire model, a TypedDict, `list[...]` of one, an annotated `str`.
Only the functions that serve the document import this module: it costs pydantic and every wire model.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from sluiceway.http.endpoint import Surface
from sluiceway.http.routes import Caller, Route

Json: TypeAlias = dict[str, Any]
Shape: TypeAlias = Any
"""See the module: a type, which Python cannot say."""

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_SCHEMAS = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is not JSON, or one with its media type."""

    shape: Shape
    media_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its body, if any, and its headers by name, all of them always sent."""

    body: Content | None = None
    headers: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that several operations answer in the same way, with the surface's error body."""

    name: str
    status: HTTPStatus
    when: str
    headers: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the route table does not say of a route. Path parameters without a shape are any text."""

    answers: Mapping[int, Answer]
    refusals: tuple[Refusal, ...] = ()
    path: Mapping[str, Shape] = field(default_factory=dict)
    query: Shape = None
    """A TypedDict: a member for each parameter."""
    headers: Shape = None
    body: Content | None = None
    body_required: bool = True
    security: str | None = None
    """The name of a scheme, where the route's caller does not tell."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a surface says of itself, beyond its operations by module."""

    title: str
    version: str
    text: str
    operations: Mapping[str, Operation]
    refusals: Callable[[Route], tuple[Refusal, ...]]
    """Those that follow from the route alone."""
    error: Shape
    security_schemes: Mapping[str, Json]
    security: Mapping[Caller, str]
    headers: Shape = None
    """Those that every operation takes: a TypedDict, as is the query."""
    query: Shape = None
    answer_headers: Mapping[str, Shape] = field(default_factory=dict)
    """Those that every answer carries, refusals included."""


def content_json(shape: Shape) -> Content:
    """A JSON body."""
    return Content(shape, "application/json")


def make_document(surface: Surface, description: Description) -> Json:
    """Describe the routes; one without a description, as `$default` has none, is left out.

    Raises ValueError when two different shapes have the same name.
    """
    return _Writer(surface, description).document()


class _Schemas(GenerateJsonSchema):
    """Without a title for every member: they only repeat its name."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


class _Writer:
    """Writes one document; schemas and refusals that operations share are gathered on the way."""

    def __init__(self, surface: Surface, description: Description) -> None:
        self._surface = surface
        self._description = description
        self._schemas: Json = {}
        self._refusals: Json = {}

    def document(self) -> Json:
        told = self._description
        paths = self._paths()
        components = {
            "schemas": dict(sorted(self._schemas.items())),
            "responses": dict(sorted(self._refusals.items())),
            "securitySchemes": dict(told.security_schemes),
        }
        return {
            "openapi": "3.1.0",
            "info": {"title": told.title, "version": told.version, "description": told.text},
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": components,
        }

    def _paths(self) -> Json:
        paths: Json = {}
        for route in self._surface.routes:
            operation = self._description.operations.get(route.module)
            if operation:
                paths.setdefault(route.path, {})[route.method.lower()] = self._operation(route, operation)
        return paths

    def _operation(self, route: Route, operation: Operation) -> Json:
        service, _, verb = route.module.rpartition(".")
        written = {
            "operationId": route.module,
            "tags": [service],
            "summary": verb.replace("_", " ").capitalize(),
            "description": _docstring(f"{self._surface.name}.{route.module}"),
            "security": self._security(route, operation),
            "parameters": [*self._parameters(route, operation)],
            "responses": self._responses(route, operation),
        }
        if operation.body:
            written["requestBody"] = {"required": operation.body_required, "content": self._content(operation.body)}
        return written

    def _security(self, route: Route, operation: Operation) -> list[Json]:
        scheme = operation.security or self._description.security.get(route.caller)
        return [{scheme: [*route.scopes]}] if scheme else []

    def _parameters(self, route: Route, operation: Operation) -> Iterator[Json]:
        for name in _PATH_PARAMETER.findall(route.path):
            yield {"name": name, "in": "path", "required": True, "schema": self._schema(operation.path.get(name, str))}
        yield from _members("header", self._description.headers)
        yield from _members("query", self._description.query)
        yield from _members("query", operation.query)
        yield from _members("header", operation.headers)

    def _responses(self, route: Route, operation: Operation) -> Json:
        responses = {str(status): self._answer(status, answer) for status, answer in operation.answers.items()}
        for refusal in (*operation.refusals, *self._description.refusals(route)):
            responses.setdefault(str(refusal.status.value), {"$ref": f"#/components/responses/{refusal.name}"})
            self._refusals.setdefault(refusal.name, self._refusal(refusal))
        return dict(sorted(responses.items()))

    def _answer(self, status: int, answer: Answer) -> Json:
        written = {"description": HTTPStatus(status).phrase, "headers": self._headers(answer.headers)}
        return {**written, "content": self._content(answer.body)} if answer.body else written

    def _refusal(self, refusal: Refusal) -> Json:
        content = self._content(content_json(self._description.error))
        return {"description": refusal.when, "headers": self._headers(refusal.headers), "content": content}

    def _headers(self, headers: Mapping[str, Shape]) -> Json:
        sent = {**headers, **self._description.answer_headers}
        return {name: {"required": True, "schema": self._schema(shape)} for name, shape in sent.items()}

    def _content(self, content: Content) -> Json:
        return {content.media_type: {"schema": self._schema(content.shape)}}

    def _schema(self, shape: Shape) -> Json:
        schema = TypeAdapter(shape).json_schema(ref_template=_SCHEMAS, schema_generator=_Schemas)
        for name, inner in schema.pop("$defs", {}).items():
            self._keep(name, inner)
        if "properties" not in schema or "title" not in schema:
            return schema
        name = schema["title"]
        self._keep(name, schema)
        return {"$ref": _SCHEMAS.format(model=name)}

    def _keep(self, name: str, schema: Json) -> None:
        untitled = {key: value for key, value in schema.items() if key != "title"}
        if self._schemas.setdefault(name, untitled) != untitled:
            raise ValueError(f"two different shapes are called {name}: rename one of them")


def _members(place: str, shape: Shape) -> Iterator[Json]:
    """The members of a TypedDict as parameters of a request."""
    if shape is None:
        return
    schema = TypeAdapter(shape).json_schema(schema_generator=_Schemas)
    for name, member in schema["properties"].items():
        yield {"name": name, "in": place, "required": name in schema.get("required", ()), "schema": member}


def _docstring(module: str) -> str:
    """What a handler says of itself, read from its source: importing all of them would be slow."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module}: the route table names a module that is not there")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler")
    return ast.get_docstring(next(functions)) or ""
