"""What a deployment brings to a slot other than the software, as an attribute of its head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent
from sluiceway.storage.table import Item


def content_item(content: SlotContent) -> Item:
    """Return the stored form."""
    match content:
        case ConfigContent(release_id, instance_ids):
            return {"release": release_id, "instances": instance_ids}
        case AssignedVersion(workflow_id, version):
            return {"flow": workflow_id, **({"version": version} if version else {})}


def read_content(stored: Mapping[str, Any] | None) -> SlotContent | None:
    """Return the content, None where a head has none."""
    if stored is None:
        return None
    if "flow" in stored:
        return AssignedVersion(stored["flow"], stored.get("version"))
    return ConfigContent(stored["release"], tuple(stored["instances"]))
