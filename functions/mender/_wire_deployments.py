"""Deployments as JSON, and what a creation or a search asks for (contract 2.7, 2.8, 2.12, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import Field, field_validator, model_validator

from mender._parameters import query_moment
from mender._wire_control_map_edits import WantedControlMap
from mender._wire_control_maps import control_map_json
from mender._wire_filters import filter_json
from mender._wire_times import rfc3339
from sluiceway.domain.counters import ASKED, OFFERED_BYTES, let_in, statistics
from sluiceway.domain.deployment import Definition, Deployment, Stage
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import Invalid
from sluiceway.domain.inventory_search import Place, Scope
from sluiceway.domain.phases import WantedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.http.parameters import is_uuid, query_word
from sluiceway.http.request import Request
from sluiceway.http.wire import DeviceId, Moment, WireModel, parse_body
from sluiceway.usecases.deployments import Progress
from sluiceway.usecases.list_deployments import SOFTWARE_ONLY, Search

MOST_RETRIES = 100
MOST_DEPLOYMENTS = 100
"""Deployments that one call can name."""
STATISTICS = tuple(status for status in Status if status not in {Status.SUPERSEDED, Status.TIMED_OUT})
"""The thirteen words of the dialect; a time-out is a failure to it, and nothing of its own is ever superseded."""
_STAGES = {
    "pending": frozenset({Stage.PENDING, Stage.SCHEDULED}),
    "inprogress": frozenset({Stage.INPROGRESS}),
    "finished": frozenset({Stage.FINISHED}),
    "aborted": frozenset({Stage.FINISHED}),
}
"""What a status word finds. Version 1 calls pending what is scheduled (contract 8.2)."""
_STAGES_OF_VERSION_2 = {
    **_STAGES,
    "scheduled": frozenset({Stage.SCHEDULED}),
    "pending": frozenset({Stage.PENDING}),
}
_NOT_BUILT = ("autogenerate_delta",)
_INVALID_DEFINITION = "Invalid deployments definition"
_TARGETS_BESIDE_FILTER = f"{_INVALID_DEFINITION}: neither devices nor all_devices beside a filter, which tells them"
_NO_FILTER_HERE = "filter_id: only POST /api/management/v2/deployments/deployments deploys to what a filter finds"
_TARGETS_BESIDE_GROUP = (
    "The deployment for group constructor should have neither list of devices nor all_devices flag set"
)


class NewPhase(WireModel):
    """One phase of a creation (contract 8.2)."""

    batch_size: int | None = None
    start_ts: Moment | None = None

    def to_wanted(self) -> WantedPhase:
        """Return the phase."""
        return WantedPhase(self.batch_size, self.start_ts)


class _Creation(WireModel):
    """What the bodies of all creations have in common."""

    name: Annotated[str, Field(min_length=1, max_length=256)]
    artifact_name: Annotated[str, Field(min_length=1, max_length=4096)]
    devices: list[DeviceId] | None = None
    all_devices: bool | None = None
    force_installation: bool | None = None
    retries: Annotated[int, Field(ge=0, le=MOST_RETRIES)] | None = None
    phases: list[NewPhase] | None = None
    max_devices: Annotated[int, Field(ge=0)] | None = None
    update_control_map: WantedControlMap | None = None

    @field_validator("update_control_map")
    @classmethod
    def leave_its_id_to_the_deployment(cls, wanted: WantedControlMap | None) -> WantedControlMap | None:
        """Refuse an id: it is that of the deployment, which nobody knows yet."""
        if wanted and wanted.id is not None:
            raise ValueError("id: will be that of the deployment, leave it out")
        return wanted

    @model_validator(mode="before")
    @classmethod
    def refuse_what_would_have_no_effect(cls, body: object) -> object:
        """Refuse a plan that we could only ignore: devices would be updated in another way than the caller asked."""
        asked = [name for name in _NOT_BUILT if isinstance(body, Mapping) and body.get(name)]
        if asked:
            raise ValueError(f"{asked[0]}: this service does not support it yet")
        return body

    def to_definition(self, group: str = "") -> Definition:
        """Return what the creator asks for. A device that fails may try again at its next poll (contract 8.3)."""
        return Definition(
            name=self.name,
            artifact_name=self.artifact_name,
            devices=tuple(self.devices or ()),
            all_devices=bool(self.all_devices),
            group=group,
            force_installation=bool(self.force_installation),
            retry=RetryPolicy(attempts=1 + (self.retries or 0)),
            phases=tuple(phase.to_wanted() for phase in self.phases or ()),
            most_devices=self.max_devices or None,
            control_map=self.update_control_map.to_control_map() if self.update_control_map else None,
        )


class _CreationOfVersion1(_Creation):
    """What the bodies of the first version have in common: a filter is none of theirs (contract 8.1)."""

    @model_validator(mode="before")
    @classmethod
    def refuse_a_filter(cls, body: object) -> object:
        """Refuse the target of another operation, which would be exchanged for the one that is named beside it."""
        if isinstance(body, Mapping) and body.get("filter_id"):
            raise ValueError(_NO_FILTER_HERE)
        return body


class NewDeployment(_CreationOfVersion1):
    """Body of a creation."""

    @model_validator(mode="after")
    def name_either_devices_or_all(self) -> NewDeployment:
        """Hold the creation to exactly one kind of target."""
        if not self.devices and not self.all_devices:
            raise ValueError(f"{_INVALID_DEFINITION}: provide list of devices or set all_devices flag")
        if self.devices and self.all_devices:
            raise ValueError(f"{_INVALID_DEFINITION}: list of devices provided togheter with all_devices flag")
        return self


class NewGroupDeployment(_CreationOfVersion1):
    """Body of a creation for a group, which the path names."""

    @model_validator(mode="after")
    def name_no_devices(self) -> NewGroupDeployment:
        """Refuse any other target beside the group."""
        if self.devices or self.all_devices:
            raise ValueError(_TARGETS_BESIDE_GROUP)
        return self


class NewDynamicDeployment(_Creation):
    """Body of a creation by a filter (contract 8.1, 8.4)."""

    filter_id: Annotated[str, Field(min_length=1, max_length=256)]

    @model_validator(mode="after")
    def name_no_devices(self) -> NewDynamicDeployment:
        """Refuse any other target beside the filter."""
        if self.devices or self.all_devices:
            raise ValueError(_TARGETS_BESIDE_FILTER)
        return self


class NewStatus(WireModel):
    """Body of an abort, the only change of status that a user can ask for."""

    status: str


class DeploymentIds(WireModel):
    """Body of a request for the statistics of several deployments."""

    deployment_ids: Annotated[list[str], Field(max_length=MOST_DEPLOYMENTS)]


def parse_definition(request: Request) -> Definition:
    """Read what to create. Raises Invalid."""
    return parse_body(NewDeployment, request).to_definition()


def parse_group_definition(request: Request) -> Definition:
    """Read what to create for the group in the path. Raises Invalid."""
    return parse_body(NewGroupDeployment, request).to_definition(request.parameters["name"])


def parse_dynamic_definition(request: Request) -> Definition:
    """Read what to create by a filter. Raises Invalid."""
    body = parse_body(NewDynamicDeployment, request)
    return replace(body.to_definition(), filter_id=body.filter_id.lower())


def check_is_abort(request: Request) -> None:
    """Read the wanted status. Raises Invalid for any word but `aborted`."""
    if parse_body(NewStatus, request).status != "aborted":
        raise Invalid("Unexpected deployment status")


def parse_deployment_ids(request: Request) -> list[str]:
    """Read which deployments are meant, each once. Raises Invalid with the place of the first that is no UUID."""
    given = parse_body(DeploymentIds, request).deployment_ids
    for place, each in enumerate(given):
        if not is_uuid(each):
            raise Invalid(f"{place}: must be a valid UUID.")
    return list(dict.fromkeys(each.lower() for each in given))


def parse_search(request: Request) -> Search:
    """Read what to look for. Raises Invalid."""
    return _search(request, _STAGES)


def _search(request: Request, stages: Mapping[str, frozenset[Stage]]) -> Search:
    status = query_word(request, "status", stages, "unknown status {value}")
    kind = query_word(request, "type", ("software", "configuration"), 'unknown deployment type "{value}"')
    sort = query_word(request, "sort", ("asc", "desc"), 'invalid form value: must be one of "asc" or "desc"')
    return Search(
        stages=stages[status] if status else None,
        text=request.query_value("search") or "",
        created_after=query_moment(request, "created_after"),
        created_before=query_moment(request, "created_before"),
        newest_first=sort != "asc",
        slots=frozenset() if kind == "configuration" else SOFTWARE_ONLY,
    )


def parse_exact_search(request: Request) -> Search:
    """Read what to look for in version 2: ids and names in full, each as often as wanted. Raises Invalid."""
    ids = request.query_values("id")
    if not all(map(is_uuid, ids)):
        raise Invalid("ID is not a valid UUID")
    return replace(
        _search(request, _STAGES_OF_VERSION_2),
        text="",
        ids=frozenset(each.lower() for each in ids) or None,
        names=frozenset(request.query_values("name")) or None,
    )


def parse_device_attribute(request: Request) -> Place | None:
    """Read where a name is looked up that no deployment has, None when it is not. Raises Invalid."""
    name = request.query_value("id_attribute")
    scope = query_word(request, "id_scope", (Scope.IDENTITY, Scope.TAGS), "id_scope: must be a valid value")
    if bool(name) != bool(scope):
        raise Invalid("id_attribute and id_scope: one is given without the other")
    return Place(Scope(scope), name) if name and scope else None


def statistics_json(progress: Progress) -> dict[str, int]:
    """Count the devices by the dialect's words; the sum is the number of targets."""
    counts = statistics(progress.deployment, progress.tally)
    counts[Status.FAILURE] += counts[Status.TIMED_OUT]
    counts[Status.ABORTED] += counts[Status.SUPERSEDED]
    return {str(status): counts[status] for status in STATISTICS}


def statistics_list_json(found: Sequence[Progress]) -> list[dict[str, Any]] | dict[str, Any]:
    """Render the counters of several deployments; none are an empty object (contract 4.2)."""
    return [{"id": each.deployment.id, "stats": statistics_json(each)} for each in found] or {}


def deployment_json_v2(progress: Progress, artifact_ids: tuple[str, ...]) -> dict[str, Any]:
    """Render a deployment, a scheduled one as such (contract 8.2)."""
    return {**deployment_json(progress, artifact_ids), "status": str(progress.stage)}


def deployment_json(progress: Progress, artifact_ids: tuple[str, ...]) -> dict[str, Any]:
    """Render a deployment."""
    deployment = progress.deployment
    stage = Stage.PENDING if progress.stage is Stage.SCHEDULED else progress.stage
    return {
        "id": deployment.id,
        "name": deployment.name,
        "artifact_name": deployment.artifact_name,
        "created": rfc3339(deployment.created),
        "status": str(stage),
        "device_count": progress.tally[ASKED],
        "max_devices": _max_devices(deployment),
        "artifacts": list(artifact_ids),
        "statistics": {"status": statistics_json(progress), "total_size": progress.tally[OFFERED_BYTES]},
        "type": "software",
        **_optional_json(progress),
        **_dynamic_json(deployment),
    }


def _max_devices(deployment: Deployment) -> int:
    """Count the targets; nobody knows those of a filter, which has its limit, or 0 without one."""
    return (deployment.most_devices or 0) if deployment.has_open_target else deployment.size


def _dynamic_json(deployment: Deployment) -> dict[str, Any]:
    """Say that a filter tells the devices, and how many met it at creation (contract 8.1)."""
    return {"dynamic": True, "initial_device_count": deployment.size} if deployment.has_open_target else {}


def _optional_json(progress: Progress) -> dict[str, Any]:
    optional = {
        "finished": rfc3339(progress.finished_at) if progress.finished_at else None,
        "force_installation": progress.deployment.force_installation,
        "retries": progress.deployment.retry.attempts - 1,
        "phases": [_phase_json(progress, number) for number in range(len(progress.deployment.phases))],
        "groups": [progress.deployment.group] if progress.deployment.group else [],
        "filter": _filter_json(progress.deployment, progress.targets),
        "update_control_map": _control_map_json(progress.deployment),
    }
    return {name: value for name, value in optional.items() if value}


def _phase_json(progress: Progress, number: int) -> dict[str, Any]:
    """Say how large a phase is, when it opens, and how many devices have asked in it."""
    phase = progress.deployment.phases[number]
    return {
        "id": str(uuid5(UUID(progress.deployment.id), str(number))),
        "batch_size": phase.batch_size,
        "device_count": progress.tally[let_in(number)],
        **({"start_ts": rfc3339(phase.start)} if phase.start else {}),
    }


def _control_map_json(deployment: Deployment) -> dict[str, Any] | None:
    control_map = deployment.control_map
    return None if control_map is None else control_map_json(control_map, deployment.id)


def _filter_json(deployment: Deployment, targets: tuple[str, ...] | None) -> dict[str, Any] | None:
    """Say what the target was; a list of more than 100 devices is left out."""
    if deployment.filter:
        return filter_json(deployment.filter)
    if deployment.cut and deployment.group:
        return _one_term("system", "group", "$eq", deployment.group)
    if deployment.cut:
        return _one_term("identity", "status", "$eq", "accepted")
    if targets is None:
        return None
    return _one_term("identity", "id", "$in", list(targets))


def _one_term(scope: str, attribute: str, operator: str, value: str | list[str]) -> dict[str, Any]:
    return {"terms": [{"scope": scope, "attribute": attribute, "type": operator, "value": value}]}
