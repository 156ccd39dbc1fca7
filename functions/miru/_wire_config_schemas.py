"""Config schemas as JSON, and what is asked of them (contract 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from miru._expansion import Tree, per_version
from miru._lists import Listing, filter_values
from miru._rendering import Rendering
from miru._wire_config_types import CONFIG_TYPE, types_by_id
from miru._wire_git_commits import CommitRefBody
from miru._wire_times import rfc3339
from sluiceway.domain.config_instance import ContentFormat
from sluiceway.domain.config_schema import (
    MOST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    MOST_SOURCE_PATHS,
    ConfigSchema,
    Document,
    SchemaFormat,
    SchemaLanguage,
    check_filepath,
)
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.strict_json import read_wide_json
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_records import ListField
from sluiceway.usecases.config_records import Listing as RecordListing
from sluiceway.usecases.config_schemas import (
    NewConfigSchema,
    NewDocument,
    TypeRef,
    get_config_schemas,
    load_documents,
)

CONFIG_SCHEMA = per_version(
    lambda version: {"config_type": CONFIG_TYPE, **({"documents": {}} if version.is_tetons else {})}
)
"""What can be expanded in a config schema; the older versions have no documents, and always show the content."""


class TypeRefBody(WireModel):
    """Which config type is meant: the one with the id, or else with the slug."""

    id: str | None = None
    slug: str | None = None


class DocumentBody(WireModel):
    """A text of a schema."""

    name: str
    data: str


class SourceBody(WireModel):
    """Where in a repository a schema comes from."""

    commit_ref: CommitRefBody
    schema_filepaths: Annotated[list[str], Field(max_length=MOST_SOURCE_PATHS)]


class SlotBody(WireModel):
    """Where a newer version puts a file: of its slots there is one here, which each deployment fills."""

    key: Literal["default"]
    filepath: str
    required: Literal[True]


class NewConfigSchemaBody(WireModel):
    """Which schema to make; what newer clients say of its instances has to be what is so here."""

    config_type_ref: TypeRefBody
    language: Annotated[SchemaLanguage, Field(strict=False)]
    format: Annotated[SchemaFormat, Field(strict=False)]
    documents: Annotated[
        list[DocumentBody],
        Field(max_length=MOST_DOCUMENTS, description=f"At most {MOST_DOCUMENT_BYTES} bytes together."),
    ]
    instance_filepath: str | None = None
    instance_slots: Annotated[list[SlotBody], Field(min_length=1, max_length=1)] | None = None
    instance_format: Annotated[ContentFormat, Field(strict=False)] | None = None
    git_commit: SourceBody | None = None

    def to_filepath(self) -> str | None:
        """Return the path that is named in either way, if any is. Raises InvalidMembers when both are, InvalidField."""
        if not self.instance_slots:
            return self.instance_filepath
        if self.instance_filepath is not None:
            raise InvalidMembers([("instance_filepath", "instance_slots says it already")])
        (slot,) = self.instance_slots
        check_filepath(slot.filepath, field="instance_slots.0.filepath")
        return slot.filepath


def parse_new_schema(request: Request) -> NewConfigSchema:
    """Read which schema to make. Raises Invalid."""
    body = parse_body(NewConfigSchemaBody, request)
    source = body.git_commit
    return NewConfigSchema(
        type=TypeRef(body.config_type_ref.id, body.config_type_ref.slug),
        language=body.language,
        format=body.format,
        documents=tuple(NewDocument(each.name, each.data) for each in body.documents),
        instance_filepath=body.to_filepath(),
        commit=source.commit_ref.to_ref() if source else None,
        source_paths=tuple(source.schema_filepaths) if source else (),
    )


def schemas_listing(request: Request, listing: Listing) -> RecordListing:
    """Read which schemas a list is to have."""
    fields = {ListField.ID: "id", ListField.TYPE_ID: "config_type_id"}
    return listing.records({field: filter_values(request, name) for field, name in fields.items()})


def schemas_json(rendering: Rendering, schemas: Sequence[ConfigSchema], expansions: Tree) -> list[dict[str, object]]:
    """Render schemas, and read each kind of relation once for all of them."""
    related = _Related.read(rendering, schemas, expansions)
    if rendering.version.is_tetons:
        return [_schema_json(rendering, schema, expansions, related) for schema in schemas]
    return [_older_schema_json(rendering, schema, expansions, related) for schema in schemas]


def schemas_by_id(rendering: Rendering, schema_ids: Iterable[str], expansions: Tree) -> dict[str, dict[str, object]]:
    """Render those of some schemas that exist, by id."""
    found = get_config_schemas(rendering.service, rendering.workspace, schema_ids)
    return dict(zip(found, schemas_json(rendering, list(found.values()), expansions), strict=True))


@dataclass(frozen=True, slots=True)
class _Related:
    """What schemas refer to: their types, rendered, and their documents. The newest version names each type."""

    types: Mapping[str, Mapping[str, object]]
    documents: Mapping[str, Sequence[Document]]

    @staticmethod
    def read(rendering: Rendering, schemas: Sequence[ConfigSchema], expansions: Tree) -> _Related:
        is_typed = rendering.version.is_tetons or "config_type" in expansions
        is_written = not rendering.version.is_tetons or "documents" in expansions
        types = {schema.type_id for schema in schemas if is_typed}
        written = {schema.id for schema in schemas if is_written}
        return _Related(types_by_id(rendering, types), load_documents(rendering.service, rendering.workspace, written))


def _schema_json(rendering: Rendering, schema: ConfigSchema, expansions: Tree, related: _Related) -> dict[str, object]:
    documents = related.documents.get(schema.id, ())
    return {
        "object": "config_schema",
        "id": schema.id,
        "digest": schema.digest,
        "config_type_name": related.types[schema.type_id]["name"],
        "instance_filepath": schema.instance_filepath,
        "created_at": rfc3339(schema.created),
        "updated_at": rfc3339(schema.created),
        "config_type_id": schema.type_id,
        "language": str(schema.language),
        "format": str(schema.format),
        **rendering.relation(
            expansions, "documents", lambda: [{"id": one.id, "name": one.name, "data": one.data} for one in documents]
        ),
        **rendering.relation(expansions, "config_type", lambda: related.types[schema.type_id]),
    }


def _older_schema_json(
    rendering: Rendering, schema: ConfigSchema, expansions: Tree, related: _Related
) -> dict[str, object]:
    return {
        "object": "config_schema",
        "id": schema.id,
        "version": schema.number,
        "digest": schema.digest,
        "relative_filepath": schema.instance_filepath,
        "created_at": rfc3339(schema.created),
        "updated_at": rfc3339(schema.created),
        "config_type_id": schema.type_id,
        "content": _content(schema, related.documents.get(schema.id, ())),
        **rendering.relation(expansions, "config_type", lambda: related.types[schema.type_id]),
    }


def _content(schema: ConfigSchema, documents: Sequence[Document]) -> object:
    """Show a schema as the object that it is; one that is not written in JSON is shown by no older version."""
    if schema.format is not SchemaFormat.JSON or not documents:
        return None
    return read_wide_json(documents[0].data)
