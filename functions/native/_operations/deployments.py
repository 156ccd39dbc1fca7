"""Deployments under a plan, and what operators do with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, WithJsonSchema
from typing_extensions import TypedDict

from native._operations.common import MALFORMED, NOT_FOUND, Count, MaybeTime, Paging, Time, answers, answers_page
from native._wire_commands import MeantPhaseBody
from native._wire_deployments import (
    CONTENT_MEMBERS,
    STAGES,
    TARGET_WAYS,
    NewDeploymentBody,
    TargetBody,
)
from native._wire_dry_runs import LEFT_OUT, DryRunBody
from native._wire_explanations import SENTENCES
from native._wire_plans import PlanBody, PlanChangeBody
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import GateReason
from sluiceway.domain.phase_states import PhaseState
from sluiceway.domain.slots import SlotKind
from sluiceway.domain.spread import MOST_RANKED
from sluiceway.http.openapi import Answer, Operation, Refusal, Shape, content_json
from sluiceway.usecases.create_deployment import MOST_OPEN_TARGETS

Stage: Shape = Literal[*STAGES]
LeftOut: Shape = Literal[*LEFT_OUT]
Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
MaybeUuid = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "format": "uuid"})]
Number = Annotated[int, Field(ge=1, description="From 1.")]


_CODES = "\n".join(f"- `{reason}`: {sentence}" for reason, sentence in SENTENCES.items())


def _one_of(ways: Iterable[str]) -> dict[str, JsonValue]:
    """Describe a target that is told in one of some ways."""
    return {"oneOf": [{"required": [way], "properties": {way: {"not": {"type": "null"}}}} for way in ways]}


def _without(slot: SlotKind) -> JsonValue:
    """Describe a target without the ways that the devices of a slot do not know."""
    return {"properties": {way: {"type": "null"} for way in TargetBody.ways if way not in TARGET_WAYS[slot]}}


class WantedDevices(TargetBody):
    """Whom to deploy to.

    `devices` are some of them; `all` those that are accepted now, or have such a slot; a `group` is meant as it is now,
    and a `filter_id` whatever meets the filter. `tags` are for workflows: devices that have one of them now.
    """

    all: Literal[True] | None = None


def _target_of(slot: SlotKind) -> JsonValue:
    """Describe whom a deployment over a slot may go to."""
    required: list[JsonValue] = [] if slot is SlotKind.SOFTWARE else ["slot"]
    return {"required": required, "properties": {"slot": {"const": str(slot)}, "target": _without(slot)}}


_PUSHED_DEADLINES: JsonValue = {"properties": {"retrying_seconds": {"type": "null"}}}
_PUSHED_PLAN: JsonValue = {"properties": {"withdraws_success": {"const": False}, "deadlines": _PUSHED_DEADLINES}}


def _content_of(slot: SlotKind) -> JsonValue:
    """Describe which members say what a deployment over a slot brings; the others are left out."""
    others: dict[str, JsonValue] = {
        name: False for kind, names in CONTENT_MEMBERS.items() for name in names if kind is not slot
    }
    is_software = slot is SlotKind.SOFTWARE
    required = [*CONTENT_MEMBERS[slot], *([] if is_software else ["slot"])]
    target = _without(slot)
    pushed: dict[str, JsonValue] = {} if is_software else {"force": {"const": False}, "plan": _PUSHED_PLAN}
    return {"required": [*required], "properties": {"slot": {"const": str(slot)}, "target": target, **others, **pushed}}


class NewDeployment(NewDeploymentBody):
    """What to bring to which devices, and how it spreads.

    Software is a `release`; configuration a `release_id` with one of the `instance_ids` for each of its schemas; a
    workflow a `flow_id` with a `version`, null to take it off the devices.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [_content_of(slot) for slot in SlotKind]})

    target: Annotated[WantedDevices, Field(json_schema_extra=_one_of(TargetBody.ways))]


class PlanChange(PlanChangeBody):
    """All phases of a plan, as the deployment shows them, with what is to change."""


class MeantPhase(MeantPhaseBody):
    """Which phase is meant, by its number from 1; without a body it depends on the moment."""


class Search(Paging, total=False):
    """What a list is narrowed down to."""

    status: Stage
    name: Annotated[list[str], Field(description="Names in full, of which one fits.")]


class Target(TypedDict):
    """Whom a deployment goes to."""

    kind: Literal["devices", "all", "group", "filter", "roll-back"]
    devices: Annotated[int, Field(ge=0, description="Targeted at creation; with a filter, how many met it then.")]
    group: str | None
    filter_id: MaybeUuid


class Pause(TypedDict):
    """Since when nothing is offered, and why: the word `operator`, or the reason of a gate."""

    at: Time
    reason: str


class Breach(TypedDict):
    """The breach of a gate that its reaction has followed, until an operator overrules it."""

    phase: Number
    reason: GateReason
    at: Time


class Verdict(TypedDict):
    """What the gate of a phase said at the last look."""

    verdict: Literal["holds", "passed", "breached"]
    reason: Annotated[GateReason | None, Field(description="Why it is not passed.")]
    until: Annotated[MaybeTime, Field(description="When that changes by itself; null when somebody has to act.")]


class Outcomes(TypedDict):
    """How the devices of a phase fared: who has timed out has failed too, and more than these may have ended."""

    succeeded: Count
    failed: Count
    timed_out: Count
    ended: Count


class Phase(TypedDict):
    """How far a phase has come."""

    number: Number
    state: Annotated[
        PhaseState, Field(description="`ended`: the deployment was over before it opened or its gate was passed.")
    ]
    devices: Annotated[
        int,
        Field(
            ge=0,
            description="No more than `most_devices` leaves places for beside those that other phases have let in. "
            f"About, where the target is no list, and of more than {MOST_RANKED:,} devices.",
        ),
    ]
    let_in: Annotated[int, Field(ge=0, description="Devices that were offered something in it.")]
    outcomes: Annotated[Outcomes | None, Field(description="null for what the Mender dialect has made.")]
    opens_not_before: MaybeTime
    opened_at: MaybeTime
    through_at: Annotated[
        MaybeTime, Field(description="When it was first seen to be through; the soak counts from it.")
    ]
    passed_at: MaybeTime
    is_approved: bool
    gate: Annotated[Verdict | None, Field(description="null before the execution has looked at it.")]


class DeploymentSummary(TypedDict):
    """The intent to bring a release to devices, and how far it came."""

    id: Uuid
    name: str
    slot: SlotKind
    release: Annotated[str | None, Field(description="Of software.")]
    release_id: Annotated[str | None, Field(description="Of configuration, as are the instances.")]
    instance_ids: list[str] | None
    flow_id: Annotated[str | None, Field(description="Of a workflow.")]
    version: Annotated[str | None, Field(description="Of the workflow; null also where nothing of it is to be left.")]
    force: bool
    target: Target
    status: Stage
    is_aborted: bool
    paused: Pause | None
    created_at: Time
    closed_at: Annotated[MaybeTime, Field(description="Since when nobody is let in any more: the plan has ended.")]
    finished_at: MaybeTime
    rolls_back: Annotated[MaybeUuid, Field(description="The deployment that it undoes.")]
    rolled_back_by: Annotated[MaybeUuid, Field(description="The newest deployment that undoes it.")]
    statistics: Annotated[
        dict[Status, int], Field(description="How many devices stand where; the sum is the number of targets.")
    ]


class Deployment(DeploymentSummary):
    """The same with its plan, in which what was left out is as usual, and how far each phase has come."""

    breach: Breach | None
    awaits_resume: Annotated[
        bool,
        Field(
            description="Whether all devices have ended in a pause, and a gate whose breach asks for a roll back is "
            "breached, or watched until its soak is over: that follows only once it is resumed."
        ),
    ]
    plan: PlanBody
    phases: list[Phase]


class Rule(TypedDict):
    """What one rule says of a device."""

    code: Annotated[str, Field(json_schema_extra={"enum": [*map(str, SENTENCES)]}, description=_CODES)]
    blocks: Annotated[
        bool | None,
        Field(description="null when it was not looked at: an earlier one is for good, or is the first of a kind."),
    ]
    until: Annotated[MaybeTime, Field(description="When that can change by itself; null when somebody has to act.")]
    text: str


class Explanation(TypedDict):
    """Why a device is not offered a deployment: `blocked_by` is the code of the first rule that keeps it back."""

    deployment_id: Uuid
    device_id: str
    status: Annotated[Status | None, Field(description="null when the device has no part in the deployment.")]
    was_offered: Annotated[
        bool, Field(description="Whether it was offered this attempt: then it is the device that is to report.")
    ]
    blocked_by: Annotated[str | None, Field(json_schema_extra={"enum": [*map(str, SENTENCES), None]})]
    until: MaybeTime
    text: Annotated[str, Field(description="The same for people.")]
    ahead: Annotated[MaybeUuid, Field(description="The deployment that goes first.")]
    rules: Annotated[list[Rule], Field(description="All of them, in the order in which a poll looks at them.")]


class DryRun(DryRunBody):
    """Whom to deploy to and how, how often each device asks, and how long it takes from the offer to its end.

    What is pushed, no device asks for.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [_target_of(slot) for slot in SlotKind]})

    target: Annotated[WantedDevices, Field(json_schema_extra=_one_of(TargetBody.ways))]


class Requests(TypedDict):
    """What AWS would count."""

    api_gateway: Count
    lambda_invocations: Count
    read_units: Count
    write_units: Count
    s3_gets: Count
    state_transitions: Count


class ProjectedPhase(TypedDict):
    """One phase. Without devices nobody starts."""

    number: Number
    devices: Annotated[Count, Field(description="Of them those that are let in.")]
    opens_at: Time
    first_start_at: MaybeTime
    last_start_at: MaybeTime
    ends_at: Annotated[Time, Field(description="When its last device has succeeded.")]
    passed_at: Annotated[Time, Field(description="When its soak is over.")]


class Prices(TypedDict):
    """Where and when the prices hold, and what they do not have in them."""

    region: str
    as_of: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
    leave_out: list[LeftOut]


class Projection(TypedDict):
    """How a deployment would go."""

    devices: Count
    first_start_at: MaybeTime
    last_start_at: MaybeTime
    ends_at: Time
    is_cut_short: Annotated[
        bool,
        Field(
            description="Whether the plan ends too early for some device: before it is let in; with `at_end` `abort`"
            " before it is through; with `let-finish` before its phase opens."
        ),
    ]
    phases: list[ProjectedPhase]
    requests: Requests
    cost_usd: Annotated[float, Field(ge=0, description="In US dollars, of these requests at these prices.")]
    prices: Prices


_LOCATION = Annotated[str, Field(pattern="^/api/v1/deployments/")]
_CREATED = {201: Answer(content_json(Deployment), {"Location": _LOCATION})}
_NO_ROOM_OR_DUPLICATE = Refusal(
    "NoRoomOrDuplicate",
    HTTPStatus.CONFLICT,
    "The deployment `params.deployment_id` has the same definition and is active (`duplicate_deployment`); or "
    f"{MOST_OPEN_TARGETS} to all devices, a group or a filter are: one more of them has to wait until one has finished "
    "or is aborted (`too_many_open_targets`).",
)
_NO_RELEASE = Refusal(
    "NoSuchRelease", HTTPStatus.UNPROCESSABLE_ENTITY, "No artifact has the name of the release (`no_such_release`)."
)
_RULED_OUT = Refusal(
    "RuledOut",
    HTTPStatus.CONFLICT,
    "The deployment has ended (`deployment_finished`), or where it stands rules this out (`deployment_state`).",
)
_COMMAND = Operation(path={"id": str}, answers=answers(Deployment), refusals=(NOT_FOUND, _RULED_OUT))
_COMMAND_OF_PHASE = replace(_COMMAND, body=content_json(MeantPhase), body_required=False)

OPERATIONS = {
    "deployments.create_deployment": Operation(
        body=content_json(NewDeployment), answers=_CREATED, refusals=(_NO_ROOM_OR_DUPLICATE, _NO_RELEASE)
    ),
    "deployments.list_deployments": Operation(
        query=Search, answers=answers_page(DeploymentSummary), refusals=(MALFORMED,)
    ),
    "deployments.get_deployment": Operation(path={"id": str}, answers=answers(Deployment), refusals=(NOT_FOUND,)),
    "deployments.approve_phase": _COMMAND_OF_PHASE,
    "deployments.pause_deployment": _COMMAND,
    "deployments.resume_deployment": _COMMAND,
    "deployments.open_next_phase": _COMMAND_OF_PHASE,
    "deployments.abort_deployment": _COMMAND,
    "deployments.roll_back_deployment": Operation(path={"id": str}, answers=_CREATED, refusals=(NOT_FOUND, _RULED_OUT)),
    "deployments.explain_device": Operation(
        path={"id": str, "device_id": str}, answers=answers(Explanation), refusals=(NOT_FOUND,)
    ),
    "deployments.make_dry_run": Operation(body=content_json(DryRun), answers=answers(Projection)),
    "deployments.change_plan": Operation(
        path={"id": str},
        body=content_json(PlanChange),
        answers=answers(Deployment),
        refusals=(NOT_FOUND, _RULED_OUT),
    ),
}
