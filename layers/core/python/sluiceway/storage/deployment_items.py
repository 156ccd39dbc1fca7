"""Deployments as items: the head, its line in the directory, its targets, and its place on the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.control_map import Action, ActionOnExpiry, ControlMap, Instruction, Point
from sluiceway.domain.deployment import Deployment, State, Target
from sluiceway.domain.fleet import Cut
from sluiceway.domain.inventory_search import SavedFilter, Term
from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent, SlotKind
from sluiceway.storage import keys
from sluiceway.storage.filter_items import read_terms, terms_text
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.phase_items import phase_item, read_phase
from sluiceway.storage.retry_items import read_retry, retry_item
from sluiceway.storage.steering_items import read_steering, steering_item
from sluiceway.storage.table import Item, Key, Put, Record, Value

INLINE_TARGETS = 100
"""Targets that are kept in one item and read with the head; more are kept in chunks."""
_TARGETS_PER_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A deployment's line in the list of all deployments; `over` is known early for some and late for others."""

    deployment_id: str
    name: str
    artifact_name: str
    over: bool
    slot: SlotKind


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """An active deployment without a fixed list, as every poll sees it: with a cut, with terms, or with a past."""

    deployment_id: str
    order: str
    cut: Cut | None = None
    terms: tuple[Term, ...] = ()
    undoes: str = ""
    """Order of the deployment that it rolls back: its targets are the devices that asked for that."""
    is_bounded: bool = False
    """Whether a device is let in only after a look at the counters."""


def head_key(deployment: Deployment) -> Key:
    """Find the head of this deployment."""
    return keys.deployment(deployment.workspace, deployment.id)


def head_item(deployment: Deployment, *, rev: int) -> Item:
    """Return the stored form of a deployment's head; what is empty is left out."""
    optional: dict[str, Value] = {
        "content": _content_item(deployment.content) if deployment.content else None,
        "force": deployment.force_installation,
        "retry": retry_item(deployment.retry),
        "device_group": deployment.device_group,
        "phases": [phase_item(phase) for phase in deployment.phases],
        "most": deployment.most_devices,
        "control_map": control_map_item(deployment.control_map) if deployment.control_map else None,
        "steering": steering_item(deployment.steering),
        "rolls_back": deployment.rolls_back,
        "rolled_back_by": deployment.rolled_back_by,
        "finished": to_milliseconds(deployment.finished) if deployment.finished else None,
        "aborted_by": deployment.aborted_by,
        "artifacts": deployment.artifact_ids,
    }
    return {
        "order": deployment.order,
        "created": to_milliseconds(deployment.created),
        "name": deployment.name,
        "artifact_name": deployment.artifact_name,
        "target": str(deployment.target),
        "size": deployment.size,
        "shards": deployment.shards,
        "state": str(deployment.state),
        "open_phase": deployment.open_phase,
        "full_phase": deployment.full_phase,
        "rev": rev,
        **{name: value for name, value in optional.items() if value},
        **(_cut_item(deployment.cut) if deployment.cut else {}),
        **(_filter_attributes(deployment.filter) if deployment.filter else {}),
    }


def read_head(workspace: str, deployment_id: str, stored: Item) -> Deployment:
    """Return the deployment of a head item."""
    item = cast("Mapping[str, Any]", stored)
    return Deployment(
        workspace=workspace,
        id=deployment_id,
        order=item["order"],
        created=from_milliseconds(item["created"]),
        name=item["name"],
        artifact_name=item["artifact_name"],
        target=Target(item["target"]),
        size=item["size"],
        shards=item["shards"],
        content=_read_content(item.get("content")),
        force_installation=item.get("force", False),
        retry=read_retry(item.get("retry")),
        phases=tuple(read_phase(phase) for phase in item.get("phases", ())),
        open_phase=item["open_phase"],
        full_phase=item["full_phase"],
        most_devices=item.get("most"),
        control_map=_read_control_map(item["control_map"]) if "control_map" in item else None,
        steering=read_steering(item.get("steering")),
        rolls_back=item.get("rolls_back", ""),
        rolled_back_by=item.get("rolled_back_by", ""),
        cut=_read_cut(item) if "cut" in item else None,
        filter=_read_filter(item) if "filter" in item else None,
        device_group=item.get("device_group", ""),
        state=State(item["state"]),
        finished=from_milliseconds(item["finished"]) if "finished" in item else None,
        aborted_by=item.get("aborted_by", ""),
        artifact_ids=tuple(item.get("artifacts", ())),
        rev=item["rev"],
    )


def control_map_item(control_map: ControlMap) -> Item:
    """Return the stored form of a control map, an attribute of the head."""
    states = {
        str(point): [str(each.action), str(each.on_map_expire), str(each.on_action_executed)]
        for point, each in control_map.states.items()
    }
    return {"priority": control_map.priority, "states": states}


def _read_control_map(stored: Mapping[str, Any]) -> ControlMap:
    states = {Point(point): _read_instruction(*words) for point, words in stored["states"].items()}
    return ControlMap(stored["priority"], states)


def _read_instruction(action: str, on_map_expire: str, on_action_executed: str) -> Instruction:
    return Instruction(Action(action), ActionOnExpiry(on_map_expire), Action(on_action_executed))


def _content_item(content: SlotContent) -> Item:
    match content:
        case ConfigContent(release_id, instance_ids):
            return {"release": release_id, "instances": instance_ids}
        case AssignedVersion(workflow_id, version):
            return {"flow": workflow_id, **({"version": version} if version else {})}


def _read_content(stored: Mapping[str, Any] | None) -> SlotContent | None:
    if stored is None:
        return None
    if "flow" in stored:
        return AssignedVersion(stored["flow"], stored.get("version"))
    return ConfigContent(stored["release"], tuple(stored["instances"]))


def directory_item(deployment: Deployment) -> Item:
    """Return a deployment's line in the list of all deployments."""
    return {
        "id": deployment.id,
        "name": deployment.name,
        "artifact_name": deployment.artifact_name,
        **({"slot": str(deployment.slot)} if deployment.is_pushed else {}),
        **({"over": True} if deployment.is_over else {}),
    }


def read_directory_entry(record: Record) -> DirectoryEntry:
    """Return a line of the list of all deployments."""
    item = cast("Mapping[str, Any]", record.item)
    over, slot = item.get("over", False), SlotKind(item.get("slot", SlotKind.SOFTWARE))
    return DirectoryEntry(item["id"], item["name"], item["artifact_name"], over=over, slot=slot)


def put_board_entry(deployment: Deployment, *, undoes: str = "") -> Put:
    """Put a deployment without a fixed list where polls look for work that is not a row yet."""
    told = _cut_item(deployment.cut) if deployment.cut else {}
    terms = {"terms": terms_text(deployment.filter.terms)} if deployment.filter else {}
    past = {"undoes": undoes} if undoes else {}
    bounded = {"bounded": True} if deployment.steering.is_bounded else {}
    entry = keys.board_entry(deployment.workspace, deployment.order)
    return Put(entry, {"dep": deployment.id, **told, **terms, **past, **bounded})


def read_board_entry(record: Record) -> BoardEntry:
    """Return a board entry."""
    item = cast("Mapping[str, Any]", record.item)
    return BoardEntry(
        item["dep"],
        order=record.key.sk,
        cut=_read_cut(item) if "cut" in item else None,
        terms=read_terms(item["terms"]) if "terms" in item else (),
        undoes=item.get("undoes", ""),
        is_bounded=item.get("bounded", False),
    )


def _cut_item(cut: Cut) -> Item:
    return {"cut": cut.numbers, **({"group": cut.group} if cut.group else {})}


def _read_cut(item: Mapping[str, Any]) -> Cut:
    return Cut(tuple(item["cut"]), item.get("group", ""))


def _filter_attributes(saved: SavedFilter) -> Item:
    return {"filter": saved.id, "filter_name": saved.name, "terms": terms_text(saved.terms)}


def _read_filter(item: Mapping[str, Any]) -> SavedFilter:
    return SavedFilter(item["filter"], item["filter_name"], read_terms(item["terms"]))


def target_records(deployment: Deployment, device_ids: Sequence[str]) -> list[Record]:
    """Return a fixed list of targets as items: one that is read with the head, or chunks when it is long."""
    if len(device_ids) <= INLINE_TARGETS:
        return [Record(keys.targets(deployment.workspace, deployment.id), {"devices": tuple(device_ids)})]
    chunks = range(0, len(device_ids), _TARGETS_PER_CHUNK)
    return [
        Record(
            keys.target_chunk(deployment.workspace, deployment.id, number),
            {"devices": tuple(device_ids[start : start + _TARGETS_PER_CHUNK])},
        )
        for number, start in enumerate(chunks)
    ]


def read_targets(item: Item) -> tuple[str, ...]:
    """Return the device ids of a targets item or chunk."""
    return tuple(cast("Sequence[str]", item["devices"]))


def due_attributes(deployment: Deployment, when: datetime, kind: str) -> Item:
    """Return the index attributes that make the tick look at this deployment unless they are removed first."""
    return {
        "G2PK": keys.due_index(deployment.workspace, deployment.id),
        "G2SK": keys.due_index_sort(when, kind),
    }
