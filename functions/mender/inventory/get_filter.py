"""GET /api/management/v2/inventory/filters/{id} (contract 7)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_filters import filter_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.saved_filters import load_filter
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer one saved filter."""
    return as_json(filter_json(load_filter(call.service, call.caller.workspace, path_uuid(call.request))))
