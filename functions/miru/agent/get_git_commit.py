"""GET /agent/v1/git_commits/{git_commit_id} (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._records import git_commit_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deliveries import commit_for_device
from sluiceway.usecases.config_state import ConfigState


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer the commit of a release of one of the device's deployments."""
    commit_id = call.request.parameters["git_commit_id"]
    return as_json(git_commit_json(commit_for_device(call.service, call.caller, commit_id)))
