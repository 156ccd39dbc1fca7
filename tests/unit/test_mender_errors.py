"""How the Mender dialect words what goes wrong (mender contract 1.2, 1.4, 1.5, 2, 9)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mender._errors import fail, refuse
from mender._surface import SURFACE
from sluiceway.domain import errors
from sluiceway.domain.errors import SluicewayError
from sluiceway.http.request import Request, parse_event
from sluiceway.http.routes import Caller
from sluiceway.storage.table import Throttled
from tests.support.events import http_event

MANAGEMENT = "/api/management/v1/deployments/deployments"
DEVICE = "/api/devices/v1/deployments/device/deployments/next"


def request_to(path: str) -> Request:
    return parse_event(http_event("GET", path, {"X-MEN-RequestID": "mine"}), SURFACE.request_id_header)


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (errors.Invalid("page is odd"), 400, "page is odd"),
        (errors.InvalidArtifact("invalid checksum"), 400, "invalid checksum"),
        (errors.Unauthenticated("token expired"), 401, "token expired"),
        (errors.TooManyAttempts("later", retry_after=9), 429, "later"),
        (errors.Forbidden("not yours"), 403, "not yours"),
        (errors.NotFound("deployment 3 of workspace w"), 404, "Resource not found"),
        (errors.NoSuchDeployment("deployment 3"), 404, "Deployment not found"),
        (errors.MethodNotAllowed(("GET", "PUT")), 405, "Method not allowed"),
        (
            errors.DuplicateArtifact({"device_type": "a"}),
            409,
            "an artifact with the same name and depends already exists",
        ),
        (errors.ArtifactInUse(), 409, "Artifact is used in active deployment"),
        (
            errors.DuplicateDeployment("d1"),
            409,
            "Invalid deployment definition: there is already an active deployment with the same parameters",
        ),
        (errors.RequestChanged(), 409, "Device provided conflicting request data"),
        (errors.DeploymentAborted(), 409, "Deployment aborted"),
        (errors.DeviceDecommissioned(), 409, "Device decommissioned"),
        (errors.TooManyOpenTargets("at most 50"), 409, "at most 50"),
        (errors.PreconditionFailed("changed since"), 412, "changed since"),
        (errors.TooLarge("Artifact file too large"), 413, "Artifact file too large"),
        (errors.UnsupportedMediaType("Bad Content-Type"), 415, "Bad Content-Type"),
        (errors.NoSuchName(), 404, "release not found"),
        (errors.ReleasesInUse(["d"]), 409, "Release is used in active deployment"),
        (errors.ArtifactUsed(), 422, "Image has already been used in deployment"),
        (errors.ArtifactNotUnique(), 422, "Artifact not unique"),
        (errors.NoSuchRelease(), 422, "No artifact for the deployment"),
        (errors.DeploymentFinished(), 422, "Deployment already finished"),
    ],
)
def test_a_refusal_has_the_status_and_text_of_the_contract(error: SluicewayError, status: int, text: str) -> None:
    answer = refuse(error, request_to(MANAGEMENT), Caller.USER)
    body = json.loads(answer.body)
    assert (answer.status, body["error"], body["request_id"]) == (status, text, "mine")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/api/management/v1/deployments/artifacts", "ask for pages of it at {path}/list"),
        ("/api/management/v1/deployments/deployments/5/devices", "ask for pages of it at {path}/list"),
        ("/api/management/v1/inventory/devices", "ask for less"),
    ],
)
def test_an_answer_that_is_too_large_is_500_and_names_the_paged_form(path: str, advice: str) -> None:
    answer = refuse(errors.AnswerTooLarge("too large"), request_to(path), Caller.USER)
    assert (answer.status, json.loads(answer.body)["error"]) == (500, f"too large: {advice.format(path=path)}")


def _all_kinds(kind: type[SluicewayError]) -> Iterator[type[SluicewayError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _all_kinds(inner)


def test_every_error_has_a_wording() -> None:
    kinds = [kind for kind in _all_kinds(SluicewayError) if kind.__module__.startswith("sluiceway.")]
    assert len(kinds) > 20
    for kind in kinds:
        if kind is not errors.Refused:
            error = kind.__new__(kind)
            error.__dict__.update(allowed=(), depends={}, deployments=(), retry_after=1)
            assert refuse(error, request_to(MANAGEMENT), Caller.USER).status in range(400, 504)


def test_a_duplicate_artifact_is_told_which_depends_it_shares() -> None:
    answer = refuse(errors.DuplicateArtifact({"device_type": "a"}), request_to(MANAGEMENT), Caller.USER)
    assert json.loads(answer.body)["metadata"] == {"conflict": {"device_type": "a"}}


def test_only_management_paths_name_the_realm_of_their_tokens() -> None:
    error = errors.Unauthenticated("token expired")
    on_management = refuse(error, request_to(MANAGEMENT), Caller.USER)
    assert on_management.headers["www-authenticate"] == 'Bearer realm="ManagementJWT"'
    assert "www-authenticate" not in refuse(error, request_to(DEVICE), Caller.DEVICE).headers


def test_a_wrong_method_is_told_the_right_ones() -> None:
    answer = refuse(errors.MethodNotAllowed(("GET", "PUT")), request_to(MANAGEMENT), Caller.ANYONE)
    assert answer.headers["allow"] == "GET, PUT"


@pytest.mark.parametrize("error", [errors.Contended("x", retry_after=7), Throttled("x", retry_after=7)])
@pytest.mark.parametrize(("caller", "status"), [(Caller.USER, 503), (Caller.ANYONE, 503), (Caller.DEVICE, 429)])
def test_a_busy_store_asks_to_come_back_and_devices_to_slow_down(
    error: SluicewayError, caller: Caller, status: int
) -> None:
    answer = refuse(error, request_to(DEVICE), caller)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert json.loads(answer.body)["error"] == "the service is busy, nothing was changed: try again"


def test_an_error_of_our_own_tells_nothing_but_where_to_look() -> None:
    answer = fail(request_to(MANAGEMENT))
    assert (answer.status, json.loads(answer.body)) == (500, {"error": "internal error", "request_id": "mine"})
