"""What devices send and are shown, in the words that they know (contract 8); read without pydantic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from miru._expansion import Tree
from miru._lists import filter_words
from miru._records import (
    deployment_record,
    device_record,
    git_commit_json,
    instance_record,
    release_record,
)
from miru._wire_times import parse_moment
from miru._words import words_for_device
from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Report, Trouble
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.strict_json import Json
from sluiceway.http.json_body import json_object, text_member
from sluiceway.http.request import Request
from sluiceway.usecases.config_deliveries import Parts, WantedParts

DEPLOYMENT: Tree = {"release": {"git_commit": {}}, "config_instances": {}}
"""What can be expanded in a deployment."""
MOST_AGENT_VERSION_CHARACTERS = 64
SHOWN = frozenset({Activity.QUEUED, Activity.DEPLOYED, Activity.REMOVING})
"""What a device is told to do something about."""
_UNASKED = frozenset({Activity.QUEUED, Activity.DEPLOYED})

WordT = TypeVar("WordT", bound=StrEnum)


def parse_agent_version(request: Request) -> str:
    """Read which program a device runs, empty when it does not say. Raises Invalid."""
    return text_member(json_object(request), "agent_version", longest=MOST_AGENT_VERSION_CHARACTERS, required=False)


def parse_report(request: Request) -> Report:
    """Read where a device stands; times that cannot be read are left out. Raises InvalidMembers for unknown words."""
    body = json_object(request)
    return Report(
        activity=_word(body, "activity_status", Activity),
        error=_word(body, "error_status", Trouble),
        deployed=parse_moment(body.get("deployed_at")),
        archived=parse_moment(body.get("archived_at")),
    )


def parse_activities(request: Request) -> frozenset[Activity]:
    """Read which deployments a device asks for; it is shown none that it has no part in. Raises InvalidMembers."""
    wanted = filter_words(request, "activity_status", frozenset(Activity))
    return _UNASKED if wanted is None else wanted & SHOWN


def wanted_parts(expansions: Tree) -> WantedParts:
    """Return what is to be read beside deployments."""
    return WantedParts(
        releases="release" in expansions,
        commits="git_commit" in expansions.get("release", {}),
        instances="config_instances" in expansions,
    )


def own_device_json(device: ConfigDevice, now: datetime) -> dict[str, object]:
    """Render the device that calls."""
    return {**device_record(device, now), "session_id": device.session_id}


def deployments_json(
    deployments: Sequence[ConfigDeployment], expansions: Tree, parts: Parts
) -> list[dict[str, object]]:
    """Render deployments with what was read beside them."""
    return [_deployment_json(deployment, expansions, parts) for deployment in deployments]


def _deployment_json(deployment: ConfigDeployment, expansions: Tree, parts: Parts) -> dict[str, object]:
    shown = deployment_record(deployment, words_for_device(deployment))
    if "release" in expansions:
        shown["release"] = _release_json(parts.releases[deployment.release_id], expansions["release"], parts)
    if "config_instances" in expansions:
        shown["config_instances"] = [_instance_json(parts.instances[each], parts) for each in deployment.instance_ids]
    return shown


def _release_json(release: ConfigRelease, expansions: Tree, parts: Parts) -> dict[str, object]:
    shown = release_record(release)
    if "git_commit" in expansions:
        commit = parts.commits.get(release.git_commit_id)
        shown["git_commit"] = None if commit is None else git_commit_json(commit)
    return shown


def _instance_json(instance: ConfigInstance, parts: Parts) -> dict[str, object]:
    return instance_record(instance, parts.types[instance.type_id].name)


def _word(body: Mapping[str, Json], name: str, words: type[WordT]) -> WordT:
    found = next((word for word in words if word == body.get(name)), None)
    if found is None:
        raise InvalidMembers([(name, f"must be one of {', '.join(words)}")])
    return found
