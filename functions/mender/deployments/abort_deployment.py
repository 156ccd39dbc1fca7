"""PUT /deployments/{id}/status: abort a deployment (contract 2.13)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_deployments import check_is_abort
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.abort_deployment import abort_software_deployment
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204; from then on no report for the deployment is accepted."""
    deployment_id = path_uuid(call.request)
    check_is_abort(call.request)
    caller = call.caller
    abort_software_deployment(call.service, caller.workspace, deployment_id, call.now, by=caller.user_id)
    return NO_CONTENT
