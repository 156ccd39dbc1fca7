"""Workflows, which the dialect calls flows, and their versions, whose bundle is what devices run (losant contract 5.5).

A version's content never changes; publishing its name again gives the version other content, and leaves what runs and
what is wanted as it is. A bundle is one canonical JSON document, and its SHA-256 is the etag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.errors import InvalidField, TooLarge
from sluiceway.domain.object_ids import application_id
from sluiceway.domain.strict_json import Json, bytes_as_sent, canonical_json

MOST_NAME_CHARACTERS = 255
MOST_CONTENT_BYTES = 5 * 1024 * 1024
MOST_SENT_BYTES = 5_800_000
"""Of a content in an answer, which leaves room for what else is said of its workflow or version."""
MOST_SETTINGS_BYTES = 50 * 1024
BUNDLE_MEDIA_TYPE = "application/json"
RESERVED_VERSIONS = frozenset({"develop", "default"})


class WorkflowClass(StrEnum):
    """Where a workflow runs; only EDGE ones are put on devices. It cannot change."""

    EDGE = "edge"
    EMBEDDED = "embedded"
    CLOUD = "cloud"
    CUSTOM_NODE = "customNode"
    EXPERIENCE = "experience"


@dataclass(frozen=True, slots=True)
class WorkflowContent:
    """What a workflow does, as lists of objects that are stored as they come."""

    triggers: tuple[Json, ...] = ()
    nodes: tuple[Json, ...] = ()
    globals: tuple[Json, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not (self.triggers or self.nodes or self.globals)

    def as_members(self) -> dict[str, Json]:
        """Return the members of a JSON object."""
        return {"triggers": list(self.triggers), "nodes": list(self.nodes), "globals": list(self.globals)}


@dataclass(frozen=True, slots=True)
class Workflow:
    """What is stored of it, the content that is being developed aside."""

    workspace: str
    id: str
    name: str
    workflow_class: WorkflowClass
    created: datetime
    updated: datetime
    description: str = ""
    is_enabled: bool = True
    minimum_agent_version: str = ""
    content_digest: str = ""
    """SHA-256 of the content that is being developed, empty when there is none."""
    settings: str = ""
    """A JSON object with what is kept for clients, empty for none."""
    is_deleted: bool = False
    """What remains of it is its name, for the slots of devices that have not dropped it yet."""
    rev: int = 0


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """A frozen content under a name, which is unique among the versions of the workflow."""

    workspace: str
    id: str
    workflow_id: str
    name: str
    workflow_class: WorkflowClass
    etag: str
    size: int
    """Of the bundle in bytes."""
    created: datetime
    updated: datetime
    notes: str = ""
    is_enabled: bool = True
    minimum_agent_version: str = ""
    settings: str = ""
    """A JSON object with what is kept for clients and not for devices, empty for none."""
    rev: int = 0


def make_bundle(workflow: Workflow, version_id: str, version: str, agent: str, content: WorkflowContent) -> bytes:
    """Return the document that devices run. Raises TooLarge."""
    members: dict[str, Json] = {
        "applicationId": application_id(workflow.workspace),
        "flowId": workflow.id,
        "flowName": workflow.name,
        "flowVersionId": version_id,
        "version": version,
        "minimumAgentVersion": agent or None,
        **content.as_members(),
    }
    return _checked_document(members)


def make_draft(content: WorkflowContent) -> bytes:
    """Return the document of a content that is being developed. Raises TooLarge."""
    return _checked_document(content.as_members())


def etag_of(bundle: bytes) -> str:
    """Return the identity of a content."""
    return hashlib.sha256(bundle).hexdigest()


def read_content(members: Mapping[str, Json]) -> WorkflowContent:
    """Return the content of a bundle, or of anything that has its members."""
    return WorkflowContent(*(_elements(members.get(name)) for name in ("triggers", "nodes", "globals")))


def check_workflow_name(name: str) -> str:
    """Return a name. Raises InvalidField unless it has 1 to 255 characters."""
    if not 0 < len(name) <= MOST_NAME_CHARACTERS:
        raise InvalidField("name", f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    return name


def check_version(version: str, field: str = "version") -> str:
    """Return the name of a version. Raises InvalidField for one that is too long, empty or reserved."""
    if not 0 < len(version) <= MOST_NAME_CHARACTERS:
        raise InvalidField(field, f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    if version in RESERVED_VERSIONS:
        raise InvalidField(field, f"must not be {version}, which is a reserved name")
    return version


def _checked_document(members: dict[str, Json]) -> bytes:
    """Return a canonical document. Raises TooLarge above 5 MiB (contract 5.5), and for what no answer can show."""
    text = canonical_json(members)
    document = text.encode()
    if len(document) > MOST_CONTENT_BYTES or bytes_as_sent(text) > MOST_SENT_BYTES:
        raise TooLarge(
            f"triggers, nodes and globals have {MOST_CONTENT_BYTES} bytes at most, together, and {MOST_SENT_BYTES} as "
            "they are sent, where quotes and backslashes are escaped"
        )
    return document


def _elements(value: Json) -> tuple[Json, ...]:
    return tuple(value) if isinstance(value, list) else ()
