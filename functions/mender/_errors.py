"""How the Mender dialect words what goes wrong: status, text and headers (contract 1.2, 1.4, 1.5, 2, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from mender._routes import ROUTES
from sluiceway.domain.errors import (
    AnswerTooLarge,
    ArtifactIdTaken,
    ArtifactInUse,
    ArtifactNotUnique,
    ArtifactUsed,
    Conflict,
    DeploymentAborted,
    DeploymentFinished,
    DeviceDecommissioned,
    DuplicateArtifact,
    DuplicateDeployment,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NoSuchDeployment,
    NoSuchName,
    NoSuchRelease,
    NotFound,
    PreconditionFailed,
    ReleasesInUse,
    RequestChanged,
    SluicewayError,
    TooLarge,
    TooManyAttempts,
    TooManyTags,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    UnsupportedMediaType,
)
from sluiceway.http.matching import routes_at
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.routes import Caller

MANAGEMENT = "/api/management/"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of error is answered; without a text of the contract's own, the error's is shown."""

    status: HTTPStatus
    text: str = ""


WORDINGS: Mapping[type[SluicewayError], Wording] = {
    Invalid: Wording(HTTPStatus.BAD_REQUEST),
    Unauthenticated: Wording(HTTPStatus.UNAUTHORIZED),
    TooManyAttempts: Wording(HTTPStatus.TOO_MANY_REQUESTS),
    Forbidden: Wording(HTTPStatus.FORBIDDEN),
    NotFound: Wording(HTTPStatus.NOT_FOUND, "Resource not found"),
    NoSuchName: Wording(HTTPStatus.NOT_FOUND, "release not found"),
    NoSuchDeployment: Wording(HTTPStatus.NOT_FOUND, "Deployment not found"),
    MethodNotAllowed: Wording(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed"),
    Conflict: Wording(HTTPStatus.CONFLICT),
    DuplicateArtifact: Wording(HTTPStatus.CONFLICT, "an artifact with the same name and depends already exists"),
    ArtifactIdTaken: Wording(HTTPStatus.CONFLICT, "artifact_id is already taken"),
    ArtifactInUse: Wording(HTTPStatus.CONFLICT, "Artifact is used in active deployment"),
    ReleasesInUse: Wording(HTTPStatus.CONFLICT, "Release is used in active deployment"),
    TooManyTags: Wording(HTTPStatus.CONFLICT),
    DuplicateDeployment: Wording(
        HTTPStatus.CONFLICT,
        "Invalid deployment definition: there is already an active deployment with the same parameters",
    ),
    RequestChanged: Wording(HTTPStatus.CONFLICT, "Device provided conflicting request data"),
    DeploymentAborted: Wording(HTTPStatus.CONFLICT, "Deployment aborted"),
    DeviceDecommissioned: Wording(HTTPStatus.CONFLICT, "Device decommissioned"),
    PreconditionFailed: Wording(HTTPStatus.PRECONDITION_FAILED),
    TooLarge: Wording(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    UnsupportedMediaType: Wording(HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    Unprocessable: Wording(HTTPStatus.UNPROCESSABLE_ENTITY),
    ArtifactUsed: Wording(HTTPStatus.UNPROCESSABLE_ENTITY, "Image has already been used in deployment"),
    ArtifactNotUnique: Wording(HTTPStatus.UNPROCESSABLE_ENTITY, "Artifact not unique"),
    NoSuchRelease: Wording(HTTPStatus.UNPROCESSABLE_ENTITY, "No artifact for the deployment"),
    DeploymentFinished: Wording(HTTPStatus.UNPROCESSABLE_ENTITY, "Deployment already finished"),
    AnswerTooLarge: Wording(HTTPStatus.INTERNAL_SERVER_ERROR),
    Unavailable: Wording(HTTPStatus.SERVICE_UNAVAILABLE, "the service is busy, nothing was changed: try again"),
}


def refuse(error: SluicewayError, request: Request, caller: Caller) -> Response:
    """Word a refusal, for this request by this kind of caller."""
    wording = next(WORDINGS[kind] for kind in type(error).__mro__ if kind in WORDINGS)
    content = {"error": wording.text or _text(error, request), "request_id": request.id, **_details(error)}
    answer = as_json(content, _status(wording, caller))
    return answer.with_headers(_headers(error, request))


def _text(error: SluicewayError, request: Request) -> str:
    """Name the paged form of a list that does not fit, where there is one (contract 14.8)."""
    if not isinstance(error, AnswerTooLarge):
        return str(error)
    paged = f"{request.path.rstrip('/')}/list"
    return f"{error}: ask for pages of it at {paged}" if _is_paged(paged) else f"{error}: ask for less"


def _is_paged(path: str) -> bool:
    return any(route.path.endswith("/list") for route in routes_at(ROUTES, path))


def _details(error: SluicewayError) -> dict[str, object]:
    match error:
        case DuplicateArtifact():
            return {"metadata": {"conflict": dict(error.depends)}}
        case ReleasesInUse():
            return {"active_deployments": list(error.deployments)}
        case _:
            return {}


def fail(request: Request) -> Response:
    """Answer an error of our own making: its details are in the log, under the same request id."""
    return as_json({"error": "internal error", "request_id": request.id}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _status(wording: Wording, caller: Caller) -> HTTPStatus:
    """A device that meets a busy store is told to slow down: 429, which it takes as a failed poll (contract 9.2)."""
    busy = wording.status is HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.TOO_MANY_REQUESTS if busy and caller is Caller.DEVICE else wording.status


def _headers(error: SluicewayError, request: Request) -> dict[str, str]:
    if isinstance(error, Unauthenticated) and request.path.startswith(MANAGEMENT):
        return {"www-authenticate": 'Bearer realm="ManagementJWT"'}
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, Unavailable | TooManyAttempts):
        return {"retry-after": str(error.retry_after)}
    return {}
