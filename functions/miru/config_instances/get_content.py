"""GET /config_instances/{config_instance_id}/content: the bytes as they were given (contract 5.7)."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from miru._wire_instances import content_headers
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_text
from sluiceway.usecases.config_instances import get_config_instance, get_content


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the content, to be shown or to be saved."""
    workspace, instance_id = call.caller.workspace, call.request.parameters["config_instance_id"]
    instance = get_config_instance(call.service, workspace, instance_id)
    refuse_expansions(call.request)
    headers = content_headers(call.request, instance)
    return as_text(get_content(call.service, workspace, instance_id), "application/json").with_headers(headers)
