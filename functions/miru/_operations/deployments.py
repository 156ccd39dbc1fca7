"""Deployments of configuration to devices."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from typing_extensions import TypedDict

from miru._operations.common import CONFLICT, MALFORMED, NOT_FOUND, Expansion, ListQuery, answers, list_of
from miru._operations.shapes import DEPLOYMENTS
from miru._versions import Version
from miru._wire_deployments import NewApprovalsDeployment, NewTetonsDeployment, NewZionDeployment, Verdict
from sluiceway.http.openapi import Operation, Shape, content_json

T = TypeVar("T")

_NEW = {
    Version.TETONS: NewTetonsDeployment,
    Version.ZION: NewZionDeployment,
    Version.APPROVALS: NewApprovalsDeployment,
}


class DeploymentQuery(ListQuery, total=False):
    """What a list is narrowed down to; several values of one are separated by commas."""

    id: str
    device_id: str
    release_id: str
    target_status: str
    activity_status: str
    error_status: str


class Judged(TypedDict, Generic[T]):
    """What a verdict did, and the deployment as it is then."""

    effect: Literal["stage", "deploy", "reject", "void", "none"]
    message: str
    deployment: T


def _judged(shape: Shape) -> Shape:
    return Judged[shape]


def operations(version: Version) -> dict[str, Operation]:
    """Return the operations, with what a version shows."""
    shape = DEPLOYMENTS[version]
    shown = answers(shape)
    change = Operation(query=Expansion, answers=shown, refusals=(NOT_FOUND, CONFLICT, MALFORMED))
    return {
        "deployments.create_deployment": Operation(
            query=Expansion, body=content_json(_NEW[version]), answers=shown, refusals=(CONFLICT,)
        ),
        "deployments.list_deployments": Operation(query=DeploymentQuery, answers=answers(list_of(shape, version))),
        "deployments.get_deployment": Operation(query=Expansion, answers=shown, refusals=(NOT_FOUND,)),
        "deployments.list_drifts": Operation(
            query=ListQuery, answers=answers(list_of(shape, version)), refusals=(NOT_FOUND,)
        ),
        "deployments.deploy_deployment": change,
        "deployments.archive_deployment": change,
        "deployments.approve_deployment": change,
        "deployments.reject_deployment": change,
        "deployments.restage_deployment": change,
        "deployments.judge_deployment": Operation(
            query=Expansion, body=content_json(Verdict), answers=answers(_judged(shape)), refusals=(NOT_FOUND,)
        ),
    }
