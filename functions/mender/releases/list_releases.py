"""GET /deployments/releases: all of them, unpaged (contract 4.3)."""

from mender._auth import for_users
from mender._wire_artifacts import parse_sort
from mender._wire_releases import parse_filter_v1, release_json_v1
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.find_releases import find_releases, with_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the releases that pass the filters, sorted."""
    wanted, sort, workspace = parse_filter_v1(call.request), parse_sort(call.request), call.caller.workspace
    found = find_releases(call.service, workspace, wanted, sort.key, descending=sort.descending)
    return as_json([release_json_v1(each) for each in with_artifacts(call.service, workspace, found)])
