"""POST /api/management/v2/inventory/filters (contract 7)."""

from mender._auth import for_users
from mender._wire_filters import parse_filter
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.saved_filters import save_filter
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Keep a search, for later and for deployments."""
    new = parse_filter(call.request)
    filter_id = save_filter(call.service, call.caller.workspace, new.name, new.to_terms())
    return created(f"filters/{filter_id}")
