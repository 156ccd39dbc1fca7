"""DELETE /api/management/v2/inventory/filters/{id} (contract 7)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.saved_filters import delete_filter
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Forget a filter; deployments that were made by it go on with its terms."""
    delete_filter(call.service, call.caller.workspace, path_uuid(call.request))
    return NO_CONTENT
