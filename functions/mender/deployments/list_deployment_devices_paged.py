"""GET /deployments/{id}/devices/list: the targeted devices, a page at a time (contract 4.2)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._parameters import path_uuid
from mender._wire_deployment_devices import device_deployment_json, parse_statuses
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployment_devices import page_of_devices
from sluiceway.usecases.deployments import load_software
from sluiceway.usecases.releases import load_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page of the devices of the wanted statuses, sorted by status and id."""
    deployment_id = path_uuid(call.request)
    paging, statuses = parse_paging(call.request), parse_statuses(call.request)
    workspace = call.caller.workspace
    progress = load_software(call.service, workspace, deployment_id)
    rows, total = page_of_devices(call.service, progress, statuses, skip=paging.offset, take=paging.per_page)
    artifacts = load_artifacts(call.service, workspace, {row.artifact_id for row in rows if row.artifact_id})
    page = [device_deployment_json(row, progress.deployment, artifacts) for row in rows]
    return as_json(page).with_headers(links_and_total(call.request, paging, total))
