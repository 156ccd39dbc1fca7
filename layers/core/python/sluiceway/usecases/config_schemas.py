"""Config schemas (miru contract 5.6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.config_kinds import ConfigKind, make_document_id
from sluiceway.domain.config_schema import (
    ConfigSchema,
    Document,
    SchemaFormat,
    SchemaLanguage,
    check_documents,
    check_filepath,
    check_source_paths,
    default_filepath,
    documents_digest,
    schema_digest,
)
from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.errors import Invalid, InvalidField, InvalidReference
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_schema_items import config_schema_guard, new_config_schema, read_config_schema
from sluiceway.storage.config_type_items import changed_config_type
from sluiceway.storage.table import Write
from sluiceway.usecases.config_bodies import load_bodies, store_body
from sluiceway.usecases.config_git_commits import CommitRef, resolve_commit
from sluiceway.usecases.config_records import Listed, Listing, find_records, list_records, load_record
from sluiceway.usecases.config_types import get_config_types
from sluiceway.usecases.service import Service

_TYPE_FIELD = "config_type_ref"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """Which config type is meant: that with the id, without one that with the slug."""

    id: str | None = None
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A text of a schema."""

    name: str
    data: str


@dataclass(frozen=True, slots=True)
class NewConfigSchema:
    """What to make. Without a path it has the default one of its type."""

    type: TypeRef
    language: SchemaLanguage
    format: SchemaFormat
    documents: tuple[NewDocument, ...]
    instance_filepath: str | None = None
    commit: CommitRef | None = None
    source_paths: tuple[str, ...] = ()


def create_config_schema(service: Service, workspace: str, new: NewConfigSchema, now: datetime) -> ConfigSchema:
    """Make a schema, and return it, or the one that is equal in type, language, digest and file path.

    Raises InvalidField, and InvalidReference for an unknown type or commit.
    """
    documents = [Document(make_document_id(service.new_id()), each.name, each.data) for each in new.documents]
    check_documents(new.language, new.format, documents)
    check_source_paths(new.source_paths)
    if new.instance_filepath is not None:
        check_filepath(new.instance_filepath, field="instance_filepath")
    digest = _digest(service, new, documents)
    type_ = _resolve_type(service, workspace, new.type)
    draft = ConfigSchema(
        workspace=workspace,
        id=ConfigKind.SCHEMA.make_id(service.new_id()),
        type_id=type_.id,
        number=0,
        language=new.language,
        format=new.format,
        digest=digest,
        instance_filepath=new.instance_filepath or default_filepath(type_.slug),
        created=now,
        git_commit_id=resolve_commit(service, workspace, new.commit, field="git_commit"),
        source_paths=new.source_paths,
    )
    return commit(service.table, lambda: _plan(service, draft, documents))


def get_config_schema(service: Service, workspace: str, schema_id: str) -> ConfigSchema:
    """Read one schema. Raises NotFound."""
    return read_config_schema(workspace, load_record(service, workspace, ConfigKind.SCHEMA, schema_id))


def get_config_schemas(service: Service, workspace: str, schema_ids: Iterable[str]) -> dict[str, ConfigSchema]:
    """Read the schemas with these ids that exist, by id, in one batch."""
    found = find_records(service, workspace, ConfigKind.SCHEMA, schema_ids)
    return {schema_id: read_config_schema(workspace, item) for schema_id, item in found.items()}


def list_config_schemas(service: Service, workspace: str, listing: Listing) -> Listed[ConfigSchema]:
    """Read a page of the list of schemas, by ID and TYPE_ID. Raises Invalid above MOST_LISTED."""
    page = list_records(service, workspace, ConfigKind.SCHEMA, listing)
    return Listed(tuple(read_config_schema(workspace, item) for item in page.records), page.total)


def load_documents(service: Service, workspace: str, schema_ids: Iterable[str]) -> Mapping[str, tuple[Document, ...]]:
    """Read the documents of schemas that exist, by schema, in one batch."""
    bodies = load_bodies(service, workspace, ConfigKind.SCHEMA, schema_ids)
    return {schema_id: tuple(Document(*each) for each in json.loads(body)) for schema_id, body in bodies.items()}


def _digest(service: Service, new: NewConfigSchema, documents: Sequence[Document]) -> str:
    if new.language is not SchemaLanguage.JSON_SCHEMA:
        return documents_digest(documents)
    try:
        return schema_digest(service.schemas().canonical(documents[0].data, new.format))
    except Invalid as broken:
        raise InvalidField("documents", str(broken)) from None


def _resolve_type(service: Service, workspace: str, ref: TypeRef) -> ConfigType:
    """Find the type that is meant. Raises InvalidReference when there is none."""
    if ref.id is None and ref.slug is None:
        raise InvalidField(_TYPE_FIELD, "must have an id or a slug")
    type_id = ref.id if ref.id is not None else _type_with(service, workspace, str(ref.slug))
    found = get_config_types(service, workspace, [type_id])
    if type_id not in found:
        raise InvalidReference(_TYPE_FIELD, str(ref.slug if ref.id is None else ref.id))
    return found[type_id]


def _type_with(service: Service, workspace: str, slug: str) -> str:
    guard = service.table.get(keys.config_type_slug(workspace, slug)) if is_possible_id(slug) else None
    return str(guard["id"]) if guard else ""


def _plan(service: Service, draft: ConfigSchema, documents: Sequence[Document]) -> tuple[ConfigSchema, list[Write]]:
    known = service.table.get(config_schema_guard(draft))
    if known is not None:
        return get_config_schema(service, draft.workspace, str(known["id"])), []
    before = get_config_types(service, draft.workspace, [draft.type_id])[draft.type_id]
    after = before.with_schema()
    made = replace(draft, number=after.schemas)
    body = json.dumps([[each.id, each.name, each.data] for each in documents], ensure_ascii=False)
    return made, [
        *new_config_schema(made),
        *changed_config_type(before, after),
        store_body(service, made.workspace, ConfigKind.SCHEMA, made.id, body),
    ]
