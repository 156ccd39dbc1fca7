"""GET /config_instances/{config_instance_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_instances import INSTANCE, instances_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_instances import get_config_instance


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a config instance."""
    found = get_config_instance(call.service, call.caller.workspace, call.request.parameters["config_instance_id"])
    (shown,) = instances_json(rendering(call), [found], parse_expansions(call.request, INSTANCE[call.caller.version]))
    return as_json(shown)
