"""What the bodies of this surface have in common: ids of either case, tags, and closed objects (contract 1.1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sluiceway.domain.strict_json import canonical_json
from sluiceway.domain.workflow_device import Tag, TagSelector
from sluiceway.http.wire import WireModel

ObjectId = Annotated[str, Field(pattern="^[A-Fa-f0-9]{24}$"), AfterValidator(str.lower)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
LongText = Annotated[str, Field(max_length=32767)]
AgentVersion = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$")]
Key = Annotated[str, Field(pattern="^[0-9a-zA-Z_-]{1,255}$")]


class LosantModel(WireModel):
    """A request body: a member that is not known is a mistake, and is named."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class TagBody(LosantModel):
    """A tag of a device."""

    key: Key
    value: Name

    def tag(self) -> Tag:
        """Return what it means."""
        return Tag(self.key, self.value)


class TagSelectorBody(LosantModel):
    """Which tags are meant: with this key, with this value, or with both."""

    key: Key | None = None
    value: Name | None = None

    def selector(self) -> TagSelector:
        """Return what it means."""
        return TagSelector(self.key, self.value)


def sent_members(body: LosantModel, names: frozenset[str]) -> dict[str, Any]:
    """Return those of some members that were sent, as they are kept: under the names that clients know."""
    return body.model_dump(mode="json", include=set(names), exclude_unset=True, by_alias=True)


def read_members(kept: str) -> dict[str, Any]:
    """Return the members that are kept for clients."""
    members: dict[str, Any] = json.loads(kept) if kept else {}
    return members


def write_members(members: Mapping[str, Any]) -> str:
    """Return members as they are kept; what is null is not."""
    present = {name: value for name, value in members.items() if value is not None}
    return canonical_json(present) if present else ""


def merging(changed: Mapping[str, Any]) -> Callable[[str], str] | None:
    """Return what lays changed members over those that are kept, None when there are none."""
    return (lambda kept: write_members({**read_members(kept), **changed})) if changed else None
