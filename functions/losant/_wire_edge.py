"""What devices are told of their workflows, and what they say (contract 6.2). No pydantic: a hot path."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeGuard

from losant._wire_slots import content_json
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.object_ids import application_id, is_object_id
from sluiceway.domain.strict_json import Json
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow import BUNDLE_MEDIA_TYPE, MOST_NAME_CHARACTERS
from sluiceway.domain.workflow_device import POLL_SECONDS, WorkflowDevice
from sluiceway.domain.workflow_slot import Attempt, Content, Report, clip_error
from sluiceway.http.json_body import json_object
from sluiceway.http.request import Request
from sluiceway.usecases.device_workflows import Bundle, DeviceReport, WantedSlot

MOST_ENTRIES = 100
_AGENT_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")
_REPORT = frozenset({"agentVersion", "full", "deployments"})
_ENTRY = frozenset({"flowId", "version", "etag", "attemptedVersion", "attemptedEtag", "error"})


def desired_json(device: WorkflowDevice, wanted: Iterable[WantedSlot]) -> dict[str, object]:
    """Render all that a device is to run."""
    return {
        "applicationId": application_id(device.workspace),
        "deviceId": device.id,
        "pollIntervalSeconds": POLL_SECONDS,
        "deployments": [_wanted_json(each) for each in wanted],
    }


def bundle_json(workflow_id: str, bundle: Bundle) -> dict[str, object]:
    """Render where to download a bundle; its etag is its SHA-256."""
    return {
        "flowId": workflow_id,
        "version": bundle.content.version,
        "etag": bundle.content.etag,
        "sha256": bundle.content.etag,
        "sizeBytes": bundle.size,
        "contentType": BUNDLE_MEDIA_TYPE,
        "url": bundle.url,
        "expiresAt": rfc3339(bundle.expires),
    }


def parse_report(request: Request) -> DeviceReport:
    """Read what a device says of its workflows. Raises InvalidMembers, and Invalid for what is no JSON object."""
    body = json_object(request)
    _refuse_unknown(body, _REPORT, "")
    is_everything = body.get("full", False)
    if not isinstance(is_everything, bool):
        raise InvalidMembers([("full", "must be true or false")])
    return DeviceReport(_reports(body.get("deployments")), is_everything, _agent_version(body))


def _wanted_json(wanted: WantedSlot) -> dict[str, object]:
    slot = wanted.slot
    agent = {"minimumAgentVersion": wanted.minimum_agent_version} if wanted.minimum_agent_version else {}
    return {
        "edgeDeploymentId": slot.id,
        "flowId": slot.workflow_id,
        "flowName": wanted.workflow.name,
        **content_json(slot.desired, "desiredVersion", "desiredEtag"),
        **content_json(slot.current, "currentVersion", "currentEtag"),
        **agent,
        "action": str(wanted.action),
    }


def _agent_version(body: Mapping[str, Json]) -> str:
    given = body.get("agentVersion")
    if given is None:
        return ""
    if not isinstance(given, str) or not _AGENT_VERSION.fullmatch(given):
        raise InvalidMembers([("agentVersion", "must have the form x.y.z")])
    return given


def _reports(entries: Json) -> dict[str, Report]:
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise InvalidMembers([("deployments", f"must be a list of {MOST_ENTRIES} entries at most")])
    reports: dict[str, Report] = {}
    for number, entry in enumerate(entries):
        place = f"deployments.{number}"
        if not isinstance(entry, dict):
            raise InvalidMembers([(place, "must be an object")])
        workflow_id = _workflow_id(entry, place)
        if workflow_id in reports:
            raise InvalidMembers([(f"{place}.flowId", "names a flow that an earlier entry names")])
        reports[workflow_id] = _report(entry, place)
    return reports


def _workflow_id(entry: Mapping[str, Json], place: str) -> str:
    given = entry.get("flowId")
    if not isinstance(given, str) or not is_object_id(given.lower()):
        raise InvalidMembers([(f"{place}.flowId", "must have 24 hexadecimal digits")])
    return given.lower()


def _report(entry: Mapping[str, Json], place: str) -> Report:
    _refuse_unknown(entry, _ENTRY, f"{place}.")
    if "version" not in entry:
        raise InvalidMembers([(f"{place}.version", "is required; null says that nothing runs")])
    version = _text(entry, "version", place)
    return Report(Content(version, _text(entry, "etag", place)) if version else None, _attempt(entry, place))


def _attempt(entry: Mapping[str, Json], place: str) -> Attempt | None:
    """Read what was tried in vain: an attempt has failed where its error says why (contract 2.2)."""
    version, etag = _text(entry, "attemptedVersion", place), _text(entry, "attemptedEtag", place)
    error = entry.get("error")
    if error is not None and not isinstance(error, str):
        raise InvalidMembers([(f"{place}.error", "must be text")])
    return Attempt(version, etag, clip_error(error)) if error else None


def _text(entry: Mapping[str, Json], name: str, place: str) -> str:
    given = entry.get(name)
    if given is None:
        return ""
    if not _is_name(given):
        raise InvalidMembers([(f"{place}.{name}", f"must be text of 1 to {MOST_NAME_CHARACTERS} characters")])
    return given


def _is_name(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MOST_NAME_CHARACTERS


def _refuse_unknown(members: Collection[str], known: Collection[str], place: str) -> None:
    unknown = sorted(set(members) - set(known))
    if unknown:
        raise InvalidMembers([(f"{place}{name}", "is not known") for name in unknown])
