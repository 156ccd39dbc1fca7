"""PATCH /agent/v1/deployments/{deployment_id}: a device says where it stands (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._records import deployment_record
from miru._wire_agent import parse_report
from miru._words import words_for_device
from sluiceway.domain.config_deployment import Activity, Target
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.runtime.logs import logger
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.config_sync import report_config


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer the deployment as it is then; what cannot be so is ignored."""
    report, deployment_id = parse_report(call.request), call.request.parameters["deployment_id"]
    deployment = report_config(call.service, call.caller, deployment_id, report, call.now)
    if deployment.activity is Activity.ARCHIVED and deployment.target is Target.DEPLOYED:
        logger.warning("a device removed what it is to have", deployment=deployment_id)
    return as_json(deployment_record(deployment, words_for_device(deployment)))
