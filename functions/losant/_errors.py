"""How this dialect words what goes wrong: `{type, message, validationErrors?}`, never null (contract 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from sluiceway.domain.errors import (
    AnswerTooLarge,
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    MissingReferences,
    MissingScopes,
    NoSuchRecord,
    NotFound,
    Offender,
    Refused,
    SluicewayError,
    TooLarge,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
    UnfitReferences,
)
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.routes import Caller


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of error is answered."""

    status: HTTPStatus
    type: str


WORDINGS: Mapping[type[SluicewayError], Wording] = {
    Refused: Wording(HTTPStatus.BAD_REQUEST, "Validation"),
    Invalid: Wording(HTTPStatus.BAD_REQUEST, "Validation"),
    Unauthenticated: Wording(HTTPStatus.UNAUTHORIZED, "Unauthorized"),
    Forbidden: Wording(HTTPStatus.FORBIDDEN, "Forbidden"),
    NotFound: Wording(HTTPStatus.NOT_FOUND, "NotFound"),
    MethodNotAllowed: Wording(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    Conflict: Wording(HTTPStatus.CONFLICT, "Conflict"),
    TooLarge: Wording(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge"),
    TooManyAttempts: Wording(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests"),
    AnswerTooLarge: Wording(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError"),
    Unavailable: Wording(HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the dialect calls a kind of thing: in a sentence, and as a type."""

    word: str
    type: str
    must_be: str = ""
    """What those have to be that a request names."""


SUBJECTS: Mapping[str, Subject] = {
    "application": Subject("Application", "Application"),
    "device": Subject("Device", "Device", "Devices must be of the class edgeCompute"),
    "workflow": Subject("Flow", "Flow", "The flow must be of the class edge"),
    "workflow version": Subject("Flow version", "FlowVersion"),
    "workflow slot": Subject("Edge deployment", "EdgeDeployment"),
    "access key": Subject("Application key", "ApplicationKey"),
    "application token": Subject("API token", "ApiToken"),
}
"""By what the engine calls it."""


def refuse(error: SluicewayError, _request: Request, _caller: Caller) -> Response:
    """Word a refusal."""
    wording = next(WORDINGS[kind] for kind in type(error).__mro__ if kind in WORDINGS)
    content = {"type": wording.type, "message": _message(error), **_validation_errors(error)}
    return as_json(content, wording.status).with_headers(_headers(error))


def fail(request: Request) -> Response:
    """Answer an error of our own making: its details are in the log, under the same request id."""
    message = f"Something is wrong on our side; the log has the details under {request.id}."
    return as_json({"type": "InternalError", "message": message}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _message(error: SluicewayError) -> str:
    match error:
        case NoSuchRecord():
            return f"{SUBJECTS[error.kind].word} was not found"
        case MissingReferences():
            return f"{SUBJECTS[error.subject].word} was not found"
        case UnfitReferences():
            return SUBJECTS[error.subject].must_be
        case MissingScopes():
            return f"The token lacks the scope {', '.join(error.missing)}"
        case MethodNotAllowed():
            return f"This path takes {', '.join(error.allowed)}"
        case _:
            return str(error)


def _validation_errors(error: SluicewayError) -> Mapping[str, object]:
    match error:
        case MissingReferences() | UnfitReferences():
            return {"validationErrors": list(_offences(SUBJECTS[error.subject].type, error.offenders))}
        case _:
            return {}


def _offences(kind: str, offenders: Iterable[Offender]) -> Iterable[Mapping[str, str]]:
    for each in offenders:
        named = {"name": each.name} if each.name else {}
        yield {"type": kind, "id": each.id, **named, "message": each.problem}


def _headers(error: SluicewayError) -> Mapping[str, str]:
    match error:
        case Unauthenticated():
            return {"www-authenticate": "Bearer"}
        case MethodNotAllowed():
            return {"allow": ", ".join(error.allowed)}
        case Unavailable() | TooManyAttempts():
            return {"retry-after": str(error.retry_after)}
        case _:
            return {}
