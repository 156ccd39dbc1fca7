"""What the programs on devices call; they have versions of their own, which all are served alike (contract 8)."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from miru._operations.common import (
    CONFLICT,
    MALFORMED,
    NOT_FOUND,
    REFUSED_DEVICE,
    Expansion,
    ListQuery,
    Time,
    answers,
    list_of,
)
from miru._operations.shapes import ConfigInstance, Device, GitCommit
from miru._operations.tokens import Token
from miru._versions import Version
from miru._wire_agent import MOST_AGENT_VERSION_CHARACTERS
from miru._wire_enrolment import MOST_KEY_CHARACTERS
from miru._wire_signed_claims import MOST_CLAIM_CHARACTERS, MOST_SIGNATURE_CHARACTERS
from sluiceway.http.openapi import Operation, content_json

Pem = Annotated[str, Field(min_length=1, max_length=MOST_KEY_CHARACTERS, description="Of an RSA key, in PEM.")]
Text = Annotated[str, Field(min_length=1, max_length=MOST_CLAIM_CHARACTERS)]
AgentVersion = Annotated[str, Field(max_length=MOST_AGENT_VERSION_CHARACTERS)]
ReportedActivity = Literal["validating", "staged", "drifted", "queued", "deployed", "removing", "archived"]
ReportedTime = Annotated[object, Field(description="A date and time; what is none is taken for none.")]
ErrorStatus = Literal["none", "retrying", "failed"]


class OwnDevice(Device):
    """The device that calls."""

    session_id: str


class ActivatedMachine(TypedDict):
    """A machine that becomes a device."""

    public_key_pem: Pem
    name: NotRequired[str | None]
    agent_version: NotRequired[AgentVersion | None]


class ProvisionedMachine(TypedDict):
    """A machine that becomes a device with its own name."""

    public_key_pem: Pem
    name: Annotated[str, Field(min_length=1, max_length=48)]
    agent_version: Annotated[str, Field(min_length=1, max_length=MOST_AGENT_VERSION_CHARACTERS)]


class ClaimsOfDevice(TypedDict):
    """What a device signs, as compact JSON in this order, and the time in whole seconds since 1970."""

    device_id: Text
    nonce: Text
    expiration: Time


class SignedClaimsOfDevice(TypedDict):
    """Claims, and their RSA signature of PKCS #1 v1.5 with SHA-256 in base64."""

    claims: ClaimsOfDevice
    signature: Annotated[str, Field(min_length=1, max_length=MOST_SIGNATURE_CHARACTERS)]


class AgentUpdate(TypedDict):
    """Which program a device runs."""

    agent_version: NotRequired[AgentVersion | None]


class StatusReport(TypedDict):
    """Where a device stands; times that cannot be are replaced."""

    activity_status: ReportedActivity
    error_status: ErrorStatus
    deployed_at: NotRequired[ReportedTime]
    archived_at: NotRequired[ReportedTime]


class AgentRelease(TypedDict):
    """A set of schemas, with its commit where that was asked for."""

    object: Literal["release"]
    id: str
    version: str
    git_commit_id: str | None
    created_at: Time
    updated_at: Time
    git_commit: NotRequired[GitCommit | None]


class AgentDeployment(TypedDict):
    """A deployment to the device that calls."""

    object: Literal["deployment"]
    id: str
    description: str
    status: Literal["drifted", "staged", "queued", "deployed", "removing", "archived", "failed", "retrying"]
    activity_status: Literal["drifted", "staged", "queued", "deployed", "removing", "archived"]
    error_status: ErrorStatus
    target_status: Literal["staged", "deployed", "archived"]
    device_id: str
    release_id: str
    created_at: Time
    updated_at: Time
    release: NotRequired[AgentRelease]
    config_instances: NotRequired[list[ConfigInstance]]


class AgentDeploymentQuery(ListQuery, total=False):
    """Queued and deployed ones unless told otherwise; there are those being removed as well, and no others."""

    activity_status: str


def operations(version: Version) -> dict[str, Operation]:
    """Return the operations, which are described with the newest version alone."""
    return {**_enrolling(), **_syncing()} if version.is_tetons else {}


def _enrolling() -> dict[str, Operation]:
    enrolled = answers(OwnDevice)
    return {
        "agent.activate_device": Operation(
            body=content_json(ActivatedMachine),
            answers=enrolled,
            refusals=(REFUSED_DEVICE, CONFLICT),
            security="invitation",
        ),
        "agent.provision_device": Operation(
            body=content_json(ProvisionedMachine),
            answers=enrolled,
            refusals=(REFUSED_DEVICE, CONFLICT),
            security="invitation",
        ),
        "agent.reprovision_device": Operation(
            body=content_json(ActivatedMachine),
            answers=enrolled,
            refusals=(REFUSED_DEVICE, CONFLICT),
            security="invitation",
        ),
        "agent.issue_token": Operation(
            body=content_json(SignedClaimsOfDevice), answers=answers(Token), refusals=(REFUSED_DEVICE,)
        ),
        "agent.request_token": Operation(answers=answers(Token), refusals=(REFUSED_DEVICE,), security="device_key"),
    }


def _syncing() -> dict[str, Operation]:
    return {
        "agent.get_device": Operation(answers=answers(OwnDevice)),
        "agent.update_device": Operation(
            body=content_json(AgentUpdate), answers=answers(OwnDevice), refusals=(NOT_FOUND,)
        ),
        "agent.list_deployments": Operation(
            query=AgentDeploymentQuery,
            answers=answers(list_of(AgentDeployment, Version.TETONS)),
            refusals=(MALFORMED,),
        ),
        "agent.get_deployment": Operation(
            query=Expansion, answers=answers(AgentDeployment), refusals=(MALFORMED, NOT_FOUND)
        ),
        "agent.report_deployment": Operation(
            body=content_json(StatusReport), answers=answers(AgentDeployment), refusals=(NOT_FOUND,)
        ),
        "agent.get_release": Operation(answers=answers(AgentRelease), refusals=(NOT_FOUND,)),
        "agent.get_git_commit": Operation(answers=answers(GitCommit), refusals=(NOT_FOUND,)),
        "agent.get_content": Operation(answers=answers(object), refusals=(NOT_FOUND,)),
    }
