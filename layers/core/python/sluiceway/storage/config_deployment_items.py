"""Config deployments as items: live ones next to their device's head, the others apart, and the list of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Finding, Problem, Target, Trouble
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, Check, Delete, Equal, Item, Key, Put, Value, Write

DUE_KIND = "validation"
_MOMENTS = ("verdict_due", "queued", "handed_over", "deployed", "archived")
_TEXTS = ("description", "message")
_NOT_LISTED = frozenset({*_TEXTS, "findings", "instances", "G2PK", "G2SK"})
"""What no list filters or sorts by: left out of the entry, so that a list of all reads little, and is never due."""


def config_deployment_key(deployment: ConfigDeployment) -> Key:
    """Find this config deployment where it belongs."""
    find = keys.live_config_deployment if deployment.is_live else keys.archived_config_deployment
    return find(deployment.workspace, deployment.device_id, deployment.id)


def new_config_deployment(deployment: ConfigDeployment) -> list[Write]:
    """Store a config deployment for the first time, so that it is found by its id and in the list."""
    pointer = keys.config_deployment_pointer(deployment.workspace, deployment.id)
    return [
        Put(config_deployment_key(deployment), _item(deployment), Absent()),
        Put(pointer, {"device": deployment.device_id}, Absent()),
        _put_entry(deployment),
        *(_put_use(deployment, instance_id) for instance_id in deployment.instance_ids),
    ]


def changed_config_deployment(before: ConfigDeployment, after: ConfigDeployment) -> list[Write]:
    """Store what became of a config deployment, if it still is as it was read."""
    unchanged = Equal("rev", before.rev)
    former, key = config_deployment_key(before), config_deployment_key(after)
    if former == key:
        return [Put(key, _item(after), unchanged), _put_entry(after)]
    return [Delete(former, unchanged), Put(key, _item(after), Absent()), _put_entry(after)]


def unchanged_config_deployment(deployment: ConfigDeployment) -> Check:
    """Hold a transaction to a config deployment that still is as it was read."""
    return Check(config_deployment_key(deployment), Equal("rev", deployment.rev))


def read_config_deployment(workspace: str, stored: Item) -> ConfigDeployment:
    """Return the config deployment of an item; one of the list has no texts and no instances."""
    item = cast("Mapping[str, Any]", stored)
    moments: dict[str, Any] = {name: read_moment(item.get(name)) for name in _MOMENTS}
    return ConfigDeployment(
        workspace=workspace,
        id=item["id"],
        device_id=item["device"],
        release_id=item["release"],
        instance_ids=tuple(item.get("instances", ())),
        target=Target(item["target"]),
        activity=Activity(item["activity"]),
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        error=Trouble(item["error"]),
        approved=item["approved"],
        description=item.get("description", ""),
        message=item.get("message", ""),
        findings=tuple(_read_finding(finding) for finding in item.get("findings", ())),
        parent_id=item.get("parent", ""),
        planned=item.get("planned", ""),
        seen=item["seen"],
        rev=item["rev"],
        **moments,
    )


def _item(deployment: ConfigDeployment) -> Item:
    optional: dict[str, Value] = {
        **{name: getattr(deployment, name) for name in _TEXTS},
        **{name: stored_moment(getattr(deployment, name)) for name in _MOMENTS},
        "parent": deployment.parent_id,
        "planned": deployment.planned,
        "findings": [_finding_item(finding) for finding in deployment.findings],
    }
    return {
        "id": deployment.id,
        "device": deployment.device_id,
        "release": deployment.release_id,
        "instances": deployment.instance_ids,
        "target": str(deployment.target),
        "activity": str(deployment.activity),
        "error": str(deployment.error),
        "approved": deployment.approved,
        "created": to_milliseconds(deployment.created),
        "updated": to_milliseconds(deployment.updated),
        "seen": deployment.seen,
        "rev": deployment.rev + 1,
        **{name: value for name, value in optional.items() if value},
        **_due(deployment),
    }


def _due(deployment: ConfigDeployment) -> Item:
    if deployment.verdict_due is None or deployment.activity is not Activity.VALIDATING:
        return {}
    partition = keys.due_index(deployment.workspace, deployment.id)
    return {"G2PK": partition, "G2SK": keys.due_index_sort(deployment.verdict_due, DUE_KIND)}


def _finding_item(finding: Finding) -> Value:
    return [finding.instance_id, finding.message, [[problem.message, problem.path] for problem in finding.problems]]


def _read_finding(stored: Sequence[Any]) -> Finding:
    instance_id, message, problems = stored
    return Finding(instance_id, message, tuple(Problem(told, tuple(path)) for told, path in problems))


def _put_entry(deployment: ConfigDeployment) -> Put:
    key = keys.config_deployment_entry(deployment.workspace, deployment.created, deployment.id)
    return Put(key, {name: value for name, value in _item(deployment).items() if name not in _NOT_LISTED})


def _put_use(deployment: ConfigDeployment, instance_id: str) -> Put:
    key = keys.config_instance_use(deployment.workspace, instance_id)
    return Put(key, {"deployment": deployment.id, "device": deployment.device_id})
