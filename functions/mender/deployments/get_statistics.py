"""GET /deployments/{id}/statistics: how many devices stand where (contract 2.12)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_deployments import statistics_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployments import load_software
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with thirteen counters whose sum is the number of targets."""
    return as_json(statistics_json(load_software(call.service, call.caller.workspace, path_uuid(call.request))))
