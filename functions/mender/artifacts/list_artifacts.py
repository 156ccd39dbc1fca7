"""GET /artifacts: all of them, unpaged (contract 2.2)."""

from mender._auth import for_users
from mender._wire_artifacts import artifact_json, parse_filter, parse_sort
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.list_artifacts import list_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the artifacts that pass the filters, sorted."""
    wanted, sort = parse_filter(call.request), parse_sort(call.request)
    artifacts = list_artifacts(call.service, call.caller.workspace, wanted, sort.key, descending=sort.descending)
    return as_json([artifact_json(artifact) for artifact in artifacts])
