"""How this dialect words what goes wrong: `{"error": {code, params, message, debug_message}}` (contract 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from miru._refusals import InvalidExpansion, InvalidOrderBy, MissingApiVersion, UnsupportedApiVersion
from miru._routes import AGENT_ROOT
from sluiceway.domain.config_deployment import Obstacle
from sluiceway.domain.errors import (
    AnswerTooLarge,
    Conflict,
    ContentRejected,
    DeviceAlreadyActivated,
    DeviceKeyTaken,
    DeviceNameTaken,
    Forbidden,
    IdempotencyMismatch,
    InstancesMismatch,
    Invalid,
    InvalidField,
    InvalidMembers,
    InvalidReference,
    MissingScopes,
    NoSuchRecord,
    NotFound,
    NotTransferable,
    Refused,
    ReleaseIsCurrent,
    ReleaseNotCurrent,
    SlugTaken,
    SluicewayError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    VersionTaken,
    WrongState,
)
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.routes import Caller


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of error is answered."""

    status: HTTPStatus
    code: str
    advice: str = ""
    """What to do next, behind the error's own text."""


WORDINGS: Mapping[type[SluicewayError], Wording] = {
    Refused: Wording(HTTPStatus.BAD_REQUEST, "invalid_request"),
    Invalid: Wording(HTTPStatus.BAD_REQUEST, "invalid_request"),
    MissingApiVersion: Wording(
        HTTPStatus.BAD_REQUEST, "missing_api_version", "Send it, or call the path that begins with /v1."
    ),
    UnsupportedApiVersion: Wording(HTTPStatus.BAD_REQUEST, "unsupported_api_version"),
    InvalidExpansion: Wording(HTTPStatus.BAD_REQUEST, "invalid_expansion"),
    InvalidOrderBy: Wording(HTTPStatus.BAD_REQUEST, "invalid_order_by"),
    InvalidReference: Wording(HTTPStatus.BAD_REQUEST, "invalid_reference"),
    InstancesMismatch: Wording(HTTPStatus.BAD_REQUEST, "config_instances_mismatch"),
    NotTransferable: Wording(HTTPStatus.BAD_REQUEST, "config_instance_not_transferable"),
    ContentRejected: Wording(HTTPStatus.BAD_REQUEST, "config_instance_invalid"),
    Unauthenticated: Wording(HTTPStatus.UNAUTHORIZED, "invalid_api_key", "Send one that is good as X-API-Key."),
    Forbidden: Wording(HTTPStatus.FORBIDDEN, "forbidden", "Use a key that has these scopes."),
    NotFound: Wording(HTTPStatus.NOT_FOUND, "record_not_found"),
    Conflict: Wording(HTTPStatus.CONFLICT, "conflict"),
    IdempotencyMismatch: Wording(
        HTTPStatus.CONFLICT, "idempotency_mismatch", "Send the same body again, or another Idempotency-Key."
    ),
    SlugTaken: Wording(HTTPStatus.CONFLICT, "config_type_slug_taken"),
    VersionTaken: Wording(HTTPStatus.CONFLICT, "release_version_taken"),
    DeviceNameTaken: Wording(HTTPStatus.CONFLICT, "device_name_taken"),
    DeviceAlreadyActivated: Wording(
        HTTPStatus.CONFLICT, "device_already_activated", "Use an activation token that allows its reactivation."
    ),
    DeviceKeyTaken: Wording(HTTPStatus.CONFLICT, "device_key_taken"),
    ReleaseIsCurrent: Wording(
        HTTPStatus.CONFLICT, "release_is_current", "Create the deployment with the target deployed instead."
    ),
    ReleaseNotCurrent: Wording(
        HTTPStatus.CONFLICT, "release_not_current", "Create the deployment staged, then deploy it."
    ),
    TooLarge: Wording(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large"),
    AnswerTooLarge: Wording(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "payload_too_large",
        "Ask for fewer things at once, or expand less; what the request was to change, it changed.",
    ),
    Unavailable: Wording(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Nothing was changed. Send the same again."),
}
OBSTACLES: Mapping[Obstacle, Wording] = {
    Obstacle.VALIDATING: Wording(HTTPStatus.CONFLICT, "deployment_validating", "Wait for its validation."),
    Obstacle.DRIFTED: Wording(
        HTTPStatus.CONFLICT, "deployment_drifted", "Look at its drifts, then restage, replace or archive it."
    ),
    Obstacle.NOT_APPROVED: Wording(HTTPStatus.CONFLICT, "deployment_not_approved", "Approve it first."),
    Obstacle.NOT_STAGED: Wording(HTTPStatus.CONFLICT, "deployment_not_staged"),
    Obstacle.NOT_DRIFTED: Wording(HTTPStatus.CONFLICT, "deployment_not_drifted"),
    Obstacle.NOT_DEPLOYABLE: Wording(
        HTTPStatus.CONFLICT, "deployment_not_deployable", "A deployment is used once: create another one."
    ),
    Obstacle.NOT_ARCHIVABLE: Wording(
        HTTPStatus.CONFLICT, "deployment_not_archivable", "Deploy a replacement to take it off its device."
    ),
}


PARAMS: Mapping[type[BaseException], Mapping[str, str]] = {
    MissingApiVersion: {},
    UnsupportedApiVersion: {"supported": "supported"},
    NoSuchRecord: {"record_type": "kind", "record_id": "identifier"},
    InvalidExpansion: {"name": "name", "known": "known"},
    InvalidOrderBy: {"term": "term"},
    InvalidReference: {"field": "field", "id": "identifier"},
    InstancesMismatch: {"missing": "missing", "duplicate": "duplicate", "unexpected": "unexpected"},
    NotTransferable: {"deployment_id": "deployment_id"},
    MissingScopes: {"required": "required"},
    SlugTaken: {"slug": "slug"},
    VersionTaken: {"version": "version"},
    DeviceNameTaken: {"name": "name"},
    DeviceAlreadyActivated: {"device_id": "device_id"},
    ReleaseIsCurrent: {"device_id": "device_id", "release_id": "release_id"},
    ReleaseNotCurrent: {"device_id": "device_id", "release_id": "release_id"},
    WrongState: {"deployment_id": "deployment_id"},
}
"""Parameters of a refusal, each with the attribute of the error that it shows."""


_REFUSED_DEVICE = Wording(HTTPStatus.UNAUTHORIZED, "invalid_jwt_auth", "Ask for a new token.")


def refuse(error: SluicewayError, request: Request, _caller: Caller) -> Response:
    """Word a refusal."""
    is_device = isinstance(error, Unauthenticated) and request.path.startswith(f"{AGENT_ROOT}/")
    wording = _REFUSED_DEVICE if is_device else _wording(error)
    reason = str(error)
    sentence = reason if reason.endswith(".") else f"{reason}."
    answer = _answer(wording.status, wording.code, f"{sentence} {wording.advice}".strip(), _params(error, request))
    return answer.with_headers(_headers(error, wording))


def fail(request: Request) -> Response:
    """Answer an error of our own making: its details are in the log, under the same request id."""
    message = "Something is wrong on our side; the log has the details under this request id."
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_server_error", message, {"request_id": request.id})


def _wording(error: SluicewayError) -> Wording:
    if isinstance(error, WrongState):
        return OBSTACLES[Obstacle(error.obstacle)]
    return next(WORDINGS[kind] for kind in type(error).__mro__ if kind in WORDINGS)


def _answer(status: HTTPStatus, code: str, message: str, params: Mapping[str, object]) -> Response:
    return as_json({"error": {"code": code, "params": params, "message": message, "debug_message": ""}}, status)


def _params(error: SluicewayError, request: Request) -> Mapping[str, object]:
    if isinstance(error, ContentRejected):
        return {"errors": [{"path": list(each.path), "message": each.message} for each in error.violations]}
    told = next((PARAMS[kind] for kind in type(error).__mro__ if kind in PARAMS), None)
    if told is not None:
        return {name: getattr(error, attribute) for name, attribute in told.items()}
    if isinstance(error, NotFound):
        return {"path": request.path}
    if isinstance(error, Invalid):
        return {"fields": [{"field": field, "problem": problem} for field, problem in _faults(error)]}
    return {}


def _faults(error: Invalid) -> Sequence[tuple[str, str]]:
    """Return what is wrong with which member, or parameter; else with the body, or with the request."""
    if isinstance(error, InvalidMembers):
        return [(name or "body", fault) for name, fault in error.faults]
    if isinstance(error, InvalidField):
        return [(error.field, error.problem)]
    return [("request", str(error))]


def _headers(error: SluicewayError, wording: Wording) -> Mapping[str, str]:
    """Clients repeat a 409, in vain, and a 503 unless they are told (contract 3.1)."""
    if wording.status is HTTPStatus.CONFLICT:
        return {"x-should-retry": "false"}
    if isinstance(error, Unavailable):
        return {"x-should-retry": "true", "retry-after": str(error.retry_after)}
    return {}
