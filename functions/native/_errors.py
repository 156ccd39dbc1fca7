"""How the native surface words what goes wrong: `{"error": {"code", "message", "params"}, "request_id"}`.

Codes are stable: programs may branch on them. A message says what happened and what to do next; it may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from native._members import path_of
from sluiceway.domain.errors import (
    AnswerTooLarge,
    Conflict,
    DeploymentFinished,
    DeploymentState,
    DuplicateDeployment,
    Forbidden,
    Invalid,
    InvalidMembers,
    InvalidPlan,
    MethodNotAllowed,
    MissingScopes,
    NoSuchPath,
    NoSuchRelease,
    NotFound,
    Refused,
    SluicewayError,
    TooLarge,
    TooManyApiKeys,
    TooManyOpenTargets,
    TooManySecrets,
    TooManyWebhooks,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.routes import Caller

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of error is answered: after the error's own text comes what to do next."""

    status: HTTPStatus
    code: str
    advice: str = _UNCHANGED


WORDINGS: Mapping[type[SluicewayError], Wording] = {
    Refused: Wording(HTTPStatus.UNPROCESSABLE_ENTITY, "refused"),
    Invalid: Wording(
        HTTPStatus.BAD_REQUEST, "invalid_request", f"{_UNCHANGED} What this call takes stands in /docs/native."
    ),
    Unauthenticated: Wording(
        HTTPStatus.UNAUTHORIZED, "invalid_api_key", "Send one that is good as `Authorization: Bearer <API key>`."
    ),
    Forbidden: Wording(
        HTTPStatus.FORBIDDEN, "forbidden", f"{_UNCHANGED} Use a key with these scopes; one that has them can make it."
    ),
    NotFound: Wording(
        HTTPStatus.NOT_FOUND, "not_found", "It does not exist in the workspace of this API key; lists show what does."
    ),
    NoSuchPath: Wording(HTTPStatus.NOT_FOUND, "no_such_path", "/docs/native has all calls."),
    MethodNotAllowed: Wording(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed"),
    Conflict: Wording(HTTPStatus.CONFLICT, "conflict"),
    DuplicateDeployment: Wording(
        HTTPStatus.CONFLICT,
        "duplicate_deployment",
        f"{_UNCHANGED} Abort that one or wait for its end; with another name both can go on.",
    ),
    TooManyOpenTargets: Wording(HTTPStatus.CONFLICT, "too_many_open_targets"),
    DeploymentFinished: Wording(HTTPStatus.CONFLICT, "deployment_finished"),
    DeploymentState: Wording(HTTPStatus.CONFLICT, "deployment_state"),
    NoSuchRelease: Wording(
        HTTPStatus.UNPROCESSABLE_ENTITY, "no_such_release", f"{_UNCHANGED} Upload an artifact of this release first."
    ),
    TooManyApiKeys: Wording(HTTPStatus.CONFLICT, "too_many_api_keys"),
    TooManyWebhooks: Wording(HTTPStatus.CONFLICT, "too_many_webhooks"),
    TooManySecrets: Wording(HTTPStatus.CONFLICT, "too_many_secrets"),
    TooLarge: Wording(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large"),
    UnsupportedMediaType: Wording(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"{_UNCHANGED} Send JSON, and say so."
    ),
    AnswerTooLarge: Wording(HTTPStatus.INTERNAL_SERVER_ERROR, "answer_too_large", "Ask for a smaller page."),
    Unavailable: Wording(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", f"{_UNCHANGED} Send the same again."),
}


def refuse(error: SluicewayError, request: Request, _caller: Caller) -> Response:
    """Word a refusal, in which members are called as they are in bodies."""
    if isinstance(error, InvalidPlan):
        error = InvalidMembers((path_of(place), problem) for place, problem in error.faults)
    wording = next(WORDINGS[kind] for kind in type(error).__mro__ if kind in WORDINGS)
    message = f"{error}. {wording.advice}"
    return _answer(wording.status, wording.code, message, _params(error), request).with_headers(_headers(error))


def fail(request: Request) -> Response:
    """Answer an error of our own making: its details are in the log, under the same request id."""
    message = "Something is wrong on our side; the log has the details under this request id."
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message, {}, request)


def _answer(status: HTTPStatus, code: str, message: str, params: Mapping[str, object], request: Request) -> Response:
    error = {"code": code, "message": message, "params": params}
    return as_json({"error": error, "request_id": request.id}, status)


def _params(error: SluicewayError) -> Mapping[str, object]:
    match error:
        case InvalidMembers():
            return {"fields": [{"field": field, "problem": problem} for field, problem in error.faults]}
        case MissingScopes():
            return {"required": error.required, "missing": error.missing}
        case MethodNotAllowed():
            return {"allowed": error.allowed}
        case DuplicateDeployment():
            return {"deployment_id": error.deployment_id}
        case _:
            return {}


def _headers(error: SluicewayError) -> Mapping[str, str]:
    match error:
        case Unauthenticated():
            return {"www-authenticate": "Bearer"}
        case MethodNotAllowed():
            return {"allow": ", ".join(error.allowed)}
        case Unavailable():
            return {"retry-after": str(error.retry_after)}
        case _:
            return {}
