"""Deployments as JSON, and what a creation or a search asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from native._wire import NativeModel
from native._wire_plans import PlanBody, plan_json
from sluiceway.domain.counters import statistics
from sluiceway.domain.deployment import Definition, Deployment, Stage, Target
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.gates import Breached, Holds, Verdict
from sluiceway.domain.phase_states import PhaseView
from sluiceway.domain.rollout_run import Breach
from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent, SlotKind
from sluiceway.domain.steering import Pause
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.http.request import Request
from sluiceway.http.wire import DeviceId, parse_body
from sluiceway.usecases.create_pushed_deployment import PushedDefinition
from sluiceway.usecases.deploy import AnyDefinition
from sluiceway.usecases.deployment_views import DeploymentView
from sluiceway.usecases.deployments import Progress
from sluiceway.usecases.list_deployments import Search

STAGES = {str(stage): stage for stage in Stage}
CONTENT_MEMBERS: Mapping[SlotKind, Sequence[str]] = {
    SlotKind.SOFTWARE: ("release",),
    SlotKind.CONFIG: ("release_id", "instance_ids"),
    SlotKind.WORKFLOW: ("flow_id", "version"),
}
"""What says what a deployment over a slot brings."""
TARGET_WAYS: Mapping[SlotKind, Sequence[str]] = {
    SlotKind.SOFTWARE: ("devices", "all", "group", "filter_id"),
    SlotKind.CONFIG: ("devices", "all"),
    SlotKind.WORKFLOW: ("devices", "all", "tags"),
}
"""How the devices of a slot can be told: those of a dialect as its own calls tell them."""
MOST_TAGS = 100
Identifier = Annotated[str, Field(min_length=1, max_length=256)]
_KINDS = {Target.LIST: "devices", Target.CUT: "all", Target.FILTER: "filter", Target.ROLL_BACK: "roll-back"}


def _only_true(value: object) -> object:
    if value is not True:
        raise ValueError("must be true or left out")
    return value


class TagBody(NativeModel):
    """Which tags of devices are meant: with this key, with this value, or with both."""

    key: Annotated[str, Field(pattern="^[0-9a-zA-Z_-]{1,255}$")] | None = None
    value: Annotated[str, Field(min_length=1, max_length=255)] | None = None

    @model_validator(mode="after")
    def mean_something(self) -> TagBody:
        """Refuse what would mean every tag."""
        if self.key is None and self.value is None:
            raise ValueError("name a key, a value, or both")
        return self

    def selector(self) -> TagSelector:
        """Return it as the domain has it."""
        return TagSelector(self.key, self.value)


class TargetBody(NativeModel):
    """Whom a deployment goes to: exactly one member says it. Of `tags` a device has one at least."""

    ways: ClassVar[Sequence[str]] = ("devices", "all", "tags", "group", "filter_id")

    devices: Annotated[list[DeviceId], Field(min_length=1)] | None = None
    all: Annotated[bool, AfterValidator(_only_true)] | None = None
    tags: Annotated[list[TagBody], Field(min_length=1, max_length=MOST_TAGS)] | None = None
    group: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    filter_id: Annotated[str, Field(min_length=1, max_length=256)] | None = None

    @model_validator(mode="after")
    def say_it_in_one_way(self) -> TargetBody:
        """Refuse two targets, which could not both be meant, and none."""
        if sum(getattr(self, way) is not None for way in self.ways) != 1:
            raise ValueError(f"name exactly one of {', '.join(self.ways)}")
        return self

    def faults(self, slot: SlotKind) -> Iterator[tuple[str, str]]:
        """Give the member that says it in a way that the devices of a slot do not know."""
        known = [way for way in self.ways if way in TARGET_WAYS[slot]]
        for way in self.ways:
            if way not in known and getattr(self, way) is not None:
                yield f"target.{way}", f"the slot {slot} does not know it: name {' or '.join(known)} instead"

    def to_members(self) -> dict[str, Any]:
        """Return it as members of a definition."""
        return {
            "devices": tuple(self.devices or ()),
            "all_devices": bool(self.all),
            "group": self.group or "",
            "filter_id": (self.filter_id or "").lower(),
        }

    def selectors(self) -> tuple[TagSelector, ...]:
        """Return what selects devices by their tags."""
        return tuple(tag.selector() for tag in self.tags or ())


class NewDeploymentBody(NativeModel):
    """The body that makes a deployment."""

    name: Annotated[str, Field(min_length=1, max_length=256)]
    slot: SlotKind = SlotKind.SOFTWARE
    release: Annotated[str, Field(min_length=1, max_length=4096)] = ""
    release_id: Identifier = ""
    instance_ids: list[Identifier] = Field(default=[], min_length=1)
    flow_id: Identifier = ""
    version: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    target: TargetBody
    force: bool = False
    plan: PlanBody = Field(default_factory=PlanBody)

    def member_faults(self) -> Iterator[tuple[str, str]]:
        """Give the members that the slot needs and that are missing, and those that belong to another slot."""
        needed, given = CONTENT_MEMBERS[self.slot], self.model_fields_set
        yield from ((name, f"must be given for the slot {self.slot}") for name in needed if name not in given)
        foreign = {name for members in CONTENT_MEMBERS.values() for name in members}.difference(needed)
        yield from ((name, f"is not of the slot {self.slot}") for name in sorted(given & foreign))
        yield from self.target.faults(self.slot)
        if self.slot is not SlotKind.SOFTWARE and self.force:
            yield "force", "is for software: what is pushed is always pushed"
        yield from self.plan.faults(self.slot)


def parse_definition(request: Request) -> AnyDefinition:
    """Read what to create. Raises Invalid."""
    body = parse_body(NewDeploymentBody, request)
    faults = [*body.member_faults()]
    if faults:
        raise InvalidMembers(faults)
    plan = body.plan.to_plan()
    match body.slot:
        case SlotKind.SOFTWARE:
            members = body.target.to_members()
            return Definition(body.name, body.release, force_installation=body.force, plan=plan, **members)
        case SlotKind.CONFIG:
            content: SlotContent = ConfigContent(body.release_id, tuple(body.instance_ids))
        case SlotKind.WORKFLOW:
            content = AssignedVersion(body.flow_id, body.version)
    target = body.target
    return PushedDefinition(body.name, content, tuple(target.devices or ()), plan, tags=target.selectors())


def parse_search(request: Request) -> Search:
    """Read what to look for: a status, and names in full, any of which fits. Raises InvalidMembers."""
    status = request.query_value("status")
    if status is not None and status not in STAGES:
        raise InvalidMembers([("status", f"must be one of {', '.join(STAGES)}")])
    return Search(
        stages=None if status is None else frozenset({STAGES[status]}),
        names=frozenset(request.query_values("name")) or None,
        slots=frozenset(SlotKind),
    )


def deployment_json(view: DeploymentView) -> dict[str, Any]:
    """Render a deployment with its plan, and how far each phase has come."""
    return {
        **summary_json(view.progress),
        "breach": _breach_json(view.run.breach) if view.run.breach else None,
        "awaits_resume": view.awaits_resume,
        "plan": plan_json(view.plan),
        "phases": [_phase_json(view, phase) for phase in view.phases],
    }


def summary_json(progress: Progress) -> dict[str, Any]:
    """Render a deployment without its plan, as lists do."""
    deployment = progress.deployment
    steering = deployment.steering
    return {
        "id": deployment.id,
        "name": deployment.name,
        "slot": str(deployment.slot),
        **_content_json(deployment),
        "force": deployment.force_installation,
        "target": _target_json(deployment),
        "status": str(progress.stage),
        "is_aborted": deployment.is_withdrawn,
        "paused": _pause_json(steering.pause) if steering.pause and not progress.has_finished else None,
        "created_at": rfc3339(deployment.created),
        "closed_at": rfc3339(steering.closed) if steering.closed else None,
        "finished_at": rfc3339(progress.finished_at) if progress.finished_at else None,
        "rolls_back": deployment.rolls_back or None,
        "rolled_back_by": deployment.rolled_back_by or None,
        "statistics": _statistics_json(progress),
    }


def _content_json(deployment: Deployment) -> dict[str, Any]:
    """Render what it brings; of a roll back of what was pushed, what it takes back."""
    none = {name: None for members in CONTENT_MEMBERS.values() for name in members}
    match deployment.content:
        case ConfigContent(release_id, instance_ids):
            return {**none, "release_id": release_id, "instance_ids": list(instance_ids)}
        case AssignedVersion(workflow_id, version):
            return {**none, "flow_id": workflow_id, "version": version}
        case _:
            return {**none, "release": deployment.artifact_name}


def _target_json(deployment: Deployment) -> dict[str, Any]:
    group = deployment.cut.group if deployment.cut else ""
    return {
        "kind": "group" if group else _KINDS[deployment.target],
        "devices": deployment.size,
        "group": group or None,
        "filter_id": deployment.filter.id if deployment.filter else None,
    }


def _statistics_json(progress: Progress) -> Mapping[str, int]:
    return {str(status): count for status, count in statistics(progress.deployment, progress.tally).items()}


def _pause_json(pause: Pause) -> dict[str, Any]:
    return {"at": rfc3339(pause.at), "reason": pause.reason}


def _breach_json(breach: Breach) -> dict[str, Any]:
    return {"phase": breach.phase + 1, "reason": str(breach.reason), "at": rfc3339(breach.at)}


def _phase_json(view: DeploymentView, phase: PhaseView) -> dict[str, Any]:
    run = phase.run
    moments = {
        "opens_not_before": phase.opens_not_before,
        "opened_at": run.opened_at,
        "through_at": run.through_at,
        "passed_at": run.passed_at,
    }
    return {
        "number": phase.number + 1,
        "state": str(phase.state),
        "devices": view.devices_of(phase),
        "let_in": phase.tally.let_in,
        "outcomes": _outcomes_json(view, phase),
        **{name: rfc3339(moment) if moment else None for name, moment in moments.items()},
        "is_approved": run.approved,
        "gate": _verdict_json(run.verdict) if run.verdict else None,
    }


def _outcomes_json(view: DeploymentView, phase: PhaseView) -> dict[str, int] | None:
    if not view.progress.deployment.steering.has_plan:
        return None
    outcomes = phase.tally.outcomes
    return {
        "succeeded": outcomes.succeeded,
        "failed": outcomes.failed,
        "timed_out": outcomes.timed_out,
        "ended": outcomes.ended,
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case Holds(reason, until):
            return {"verdict": "holds", "reason": str(reason), "until": rfc3339(until) if until else None}
        case Breached(reason):
            return {"verdict": "breached", "reason": str(reason), "until": None}
        case _:
            return {"verdict": "passed", "reason": None, "until": None}
