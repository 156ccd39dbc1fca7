"""Workflows in a seeded workspace: one of all that a route of the Losant surface needs, made by use cases."""

from __future__ import annotations

from dataclasses import dataclass

from sluiceway.domain.application_token import EVERYTHING
from sluiceway.domain.object_ids import application_id
from sluiceway.domain.workflow import WorkflowClass, WorkflowContent
from sluiceway.domain.workflow_device import DeviceClass, Tag
from sluiceway.domain.workflow_slot import Actor, Source
from sluiceway.usecases.access_keys import NewAccessKey, create_access_key
from sluiceway.usecases.application_tokens import (
    NewApplicationToken,
    ShownApplicationToken,
    issue_application_token,
)
from sluiceway.usecases.assign_workflows import Assignment, Selection, release_workflows
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_device_sessions import DeviceProof, log_in_workflow_device
from sluiceway.usecases.workflow_devices import NewWorkflowDevice, create_workflow_device
from sluiceway.usecases.workflow_slots import SlotListing, list_workflow_slots
from sluiceway.usecases.workflow_versions import NewWorkflowVersion, publish_workflow_version
from sluiceway.usecases.workflows import NewWorkflow, create_workflow
from tests.support.app import NOW

RELEASED, UNUSED = "v1", "v2"
SITE = Tag("site", "lab")


@dataclass(frozen=True, slots=True)
class WorkflowSeeds:
    """Ids of one of everything, and what proves who is calling.

    `deployment` is that of `flow` on `device`, which wants RELEASED and has reported nothing; `unused` is the version
    UNUSED, which is wanted nowhere.
    """

    application: str
    token: str
    token_id: str
    lesser: str
    """Id of a token without rights here."""
    device: str
    device_token: str
    flow: str
    released: str
    unused: str
    deployment: str
    key_id: str
    key: str
    secret: str


def seed_workflows(service: Service, workspace: str) -> WorkflowSeeds:
    """Fill a workspace with workflows."""
    program, lesser = seed_token(service, workspace), seed_token(service, workspace, "events.get")
    new = NewWorkflowDevice("gateway", DeviceClass.EDGE_COMPUTE, (SITE,))
    device = create_workflow_device(service, workspace, new, NOW).device.id
    content = WorkflowContent(nodes=({"type": "develop"},))
    flow = create_workflow(service, workspace, NewWorkflow("pump", WorkflowClass.EDGE, content=content), NOW).id
    released, unused = (_publish(service, workspace, flow, name) for name in (RELEASED, UNUSED))
    assignment = Assignment({flow: RELEASED}, Selection(frozenset({device})))
    release_workflows(service, workspace, assignment, Source(Actor.TOKEN, program.token.id), NOW)
    (slot,) = list_workflow_slots(service, workspace, SlotListing()).slots
    key = create_access_key(service, workspace, NewAccessKey(), NOW)
    proof = DeviceProof(device, key.access_key.key, key.secret)
    return WorkflowSeeds(
        application=application_id(workspace),
        token=program.text,
        token_id=program.token.id,
        lesser=lesser.token.id,
        device=device,
        device_token=log_in_workflow_device(service, proof, NOW).token,
        flow=flow,
        released=released,
        unused=unused,
        deployment=slot.slot.id,
        key_id=key.access_key.id,
        key=key.access_key.key,
        secret=key.secret,
    )


def seed_token(service: Service, workspace: str, *scopes: str) -> ShownApplicationToken:
    """Make an application token, with all rights unless told which."""
    new = NewApplicationToken("seeded", frozenset(scopes or {EVERYTHING}))
    return issue_application_token(service, workspace, new, NOW)


def _publish(service: Service, workspace: str, flow: str, name: str) -> str:
    content = WorkflowContent(nodes=({"type": name},))
    return publish_workflow_version(service, workspace, flow, NewWorkflowVersion(name, content), NOW).id
