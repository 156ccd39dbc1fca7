"""POST /auth/device (contract 5.1)."""

from losant._auth import for_anyone
from losant._wire_login import logged_in_json, parse_device_login
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.workflow_device_sessions import log_in_workflow_device


@for_anyone
def handler(call: Call[None]) -> Response:
    """Answer a token to a device that shows an access key which admits it."""
    proof, life = parse_device_login(call.request)
    logged_in = log_in_workflow_device(call.service, proof, call.now, life)
    return as_json(logged_in_json(logged_in)).with_headers({"cache-control": "no-store"})
