"""POST /config_instances."""

from miru._auth import Program, for_programs, once, rendering
from miru._expansion import parse_expansions
from miru._wire_instances import INSTANCE, instances_json, parse_new_instance
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.create_config_instances import create_config_instance


@for_programs
def handler(call: Call[Program]) -> Response:
    """Make an instance whose content matches its schema."""
    expansions = parse_expansions(call.request, INSTANCE[call.caller.version])
    new = parse_new_instance(call.request)
    made = create_config_instance(call.service, call.caller.workspace, new, call.now, once=once(call))
    (shown,) = instances_json(rendering(call), [made], expansions)
    return as_json(shown)
