"""Making config instances whose content matches their schema (miru contract 5.7).

Drafts are checked first and stored afterwards, so that who makes several, with a deployment of them, makes none when
one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.config_instance import Case, ConfigInstance, ContentFormat, absolute_filepath, check_content
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_schema import ConfigSchema, SchemaLanguage
from sluiceway.domain.errors import ContentRejected, Invalid, InvalidField, InvalidReference
from sluiceway.storage.commit import commit
from sluiceway.storage.config_instance_items import new_config_instance
from sluiceway.storage.table import Write
from sluiceway.usecases.config_bodies import store_body
from sluiceway.usecases.config_instances import get_config_instance
from sluiceway.usecases.config_schemas import get_config_schemas, load_documents
from sluiceway.usecases.idempotency import Once, commit_once
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewConfigInstance:
    """What to make. Without a relative path it has the path that its schema names."""

    schema_id: str
    content: str
    format: ContentFormat = ContentFormat.JSON
    relative_filepath: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceDraft:
    """An instance that may be stored: its content matches."""

    instance: ConfigInstance
    content: str


def create_config_instance(
    service: Service, workspace: str, new: NewConfigInstance, now: datetime, *, once: Once | None = None
) -> ConfigInstance:
    """Make one instance, or return what the same request made.

    Raises InvalidField, InvalidReference for an unknown schema, ContentRejected and IdempotencyMismatch.
    """

    def plan() -> tuple[ConfigInstance, list[Write]]:
        (draft,) = draft_config_instances(service, workspace, [new], now)
        return draft.instance, _writes(service, draft)

    return commit_once(service, once, now, plan, lambda made: get_config_instance(service, workspace, made))


def draft_config_instances(
    service: Service, workspace: str, news: Sequence[NewConfigInstance], now: datetime
) -> list[InstanceDraft]:
    """Check what is to be made, all of it at once, and store nothing.

    Raises InvalidField, InvalidReference for an unknown schema, and ContentRejected for the first that does not match.
    """
    for new in news:
        check_content(new.content)
    schemas = _schemas_of(service, workspace, news)
    drafts = [_draft(service, schemas[new.schema_id], new, now) for new in news]
    _refuse_violations(service, workspace, schemas, drafts)
    return drafts


def store_config_instances(service: Service, drafts: Iterable[InstanceDraft]) -> None:
    """Store what was checked, each for itself."""
    for draft in drafts:
        _store(service, draft)


def _schemas_of(service: Service, workspace: str, news: Iterable[NewConfigInstance]) -> Mapping[str, ConfigSchema]:
    wanted = [new.schema_id for new in news]
    found = get_config_schemas(service, workspace, wanted)
    missing = next((schema_id for schema_id in wanted if schema_id not in found), None)
    if missing is not None:
        raise InvalidReference("config_schema_id", missing)
    return found


def _draft(service: Service, schema: ConfigSchema, new: NewConfigInstance, now: datetime) -> InstanceDraft:
    relative = new.relative_filepath
    instance = ConfigInstance(
        workspace=schema.workspace,
        id=ConfigKind.INSTANCE.make_id(service.new_id()),
        schema_id=schema.id,
        type_id=schema.type_id,
        format=new.format,
        filepath=schema.instance_filepath if relative is None else absolute_filepath(relative),
        created=now,
        relative_filepath=relative or "",
    )
    return InstanceDraft(instance, new.content)


def _refuse_violations(
    service: Service, workspace: str, schemas: Mapping[str, ConfigSchema], drafts: Iterable[InstanceDraft]
) -> None:
    """Hold the content of all drafts against their schemas; CUE is not evaluated, so that every content matches."""
    evaluated = [draft for draft in drafts if schemas[draft.instance.schema_id].language is SchemaLanguage.JSON_SCHEMA]
    documents = load_documents(service, workspace, (draft.instance.schema_id for draft in evaluated))
    cases = [
        Case(draft.content, documents[draft.instance.schema_id][0].data, schemas[draft.instance.schema_id].format)
        for draft in evaluated
    ]
    try:
        found = service.schemas().violations(cases)
    except Invalid as endless:
        raise InvalidField("config_schema_id", str(endless)) from None
    for draft, violations in zip(evaluated, found, strict=True):
        if violations:
            raise ContentRejected(draft.instance.schema_id, violations)


def _store(service: Service, draft: InstanceDraft) -> None:
    writes = _writes(service, draft)
    commit(service.table, lambda: (None, writes))


def _writes(service: Service, draft: InstanceDraft) -> list[Write]:
    instance = draft.instance
    body = store_body(service, instance.workspace, ConfigKind.INSTANCE, instance.id, draft.content)
    return [*new_config_instance(instance), body]
