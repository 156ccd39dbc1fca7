"""What schemathesis checks or sends that does not fit, each with the reason; everything else holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOT_JSON = "schemathesis takes application/jwt for JSON"
_OF_ONE_ARTIFACT = "PUT and DELETE reach the routes of any artifact, whose id this path cannot be"
_OF_ANY_DEVICE = "GET and DELETE reach the routes of any device, whose id this path cannot be"
_OF_ANY_FILTER = "GET and DELETE reach the routes of any filter, whose id this path cannot be"
_ANY_VALUE = "an operator does not compare with every value"
_OF_ANY_DEPLOYMENT = "PATCH reaches the route of any deployment, whose id this path cannot be"
_OF_ANY_USER = "DELETE reaches the route of any user, whose id this path cannot be"

_WHITE_SPACE = "a mail address is stripped of all that Python calls white space, more than a schema's pattern knows"

EXCLUDED_CHECKS: Mapping[tuple[str, str], str] = {
    ("artifacts.generate_artifact", "allow_header_conformance"): _OF_ONE_ARTIFACT,
    ("artifacts.generate_artifact", "positive_data_acceptance"): "arbitrary texts are no arguments",
    ("artifacts.generate_artifact", "unsupported_method"): _OF_ONE_ARTIFACT,
    ("artifacts.invite_upload", "allow_header_conformance"): _OF_ONE_ARTIFACT,
    ("artifacts.invite_upload", "unsupported_method"): _OF_ONE_ARTIFACT,
    ("artifacts.list_artifacts_paged", "allow_header_conformance"): _OF_ONE_ARTIFACT,
    ("artifacts.list_artifacts_paged", "unsupported_method"): _OF_ONE_ARTIFACT,
    ("artifacts.upload_artifact", "positive_data_acceptance"): "arbitrary bytes are no artifact",
    ("deployments.change_control_map", "positive_data_acceptance"): "the id of a map is that of its deployment",
    ("deployments.create_deployment", "positive_data_acceptance"): "phases have to fit together, which no schema says",
    ("deployments.create_dynamic_deployment", "positive_data_acceptance"): "phases as above; the filter has to exist",
    ("deployments.create_group_deployment", "positive_data_acceptance"): "phases as above, and the group has to exist",
    ("deployments.find_deployments", "positive_data_acceptance"): "id_attribute and id_scope only go together",
    ("devauth.count_devices", "allow_header_conformance"): _OF_ANY_DEVICE,
    ("devauth.count_devices", "unsupported_method"): _OF_ANY_DEVICE,
    ("devauth.preauthorize_device", "positive_data_acceptance"): "arbitrary texts are no key",
    ("devauth.request_token", "positive_data_acceptance"): "arbitrary texts are no identity, key or signature",
    ("devauth.request_token", "response_schema_conformance"): _NOT_JSON,
    ("devauth.search_devices", "allow_header_conformance"): _OF_ANY_DEVICE,
    ("devauth.search_devices", "unsupported_method"): _OF_ANY_DEVICE,
    ("inventory.create_filter", "positive_data_acceptance"): _ANY_VALUE,
    ("inventory.list_filter_attributes", "allow_header_conformance"): _OF_ANY_FILTER,
    ("inventory.list_filter_attributes", "unsupported_method"): _OF_ANY_FILTER,
    ("inventory.search_inventory", "allow_header_conformance"): _OF_ANY_FILTER,
    ("inventory.search_inventory", "positive_data_acceptance"): _ANY_VALUE,
    ("inventory.search_inventory", "unsupported_method"): _OF_ANY_FILTER,
    ("releases.describe_release", "positive_data_acceptance"): "no schema says which characters are printable",
    ("releases.list_releases", "allow_header_conformance"): _OF_ANY_DEPLOYMENT,
    ("releases.list_releases", "unsupported_method"): _OF_ANY_DEPLOYMENT,
    ("useradm.create_user", "positive_data_acceptance"): _WHITE_SPACE,
    ("useradm.create_token", "response_schema_conformance"): _NOT_JSON,
    ("useradm.get_own_user", "allow_header_conformance"): _OF_ANY_USER,
    ("useradm.update_own_user", "positive_data_acceptance"): _WHITE_SPACE,
    ("useradm.update_user", "positive_data_acceptance"): _WHITE_SPACE,
    ("useradm.log_in", "response_schema_conformance"): _NOT_JSON,
    ("useradm.update_own_user", "allow_header_conformance"): _OF_ANY_USER,
}
"""The reason, by operation and check. That good requests are accepted is what the event samples show."""

REFUSALS_BY_STATE = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx"]
"""What a good request may meet: as schemathesis has it, and the two that we keep for the state of things."""

REFUSALS_OF_INPUT = ["400", "401", "404", "405", "409", "412", "413", "415", "422"]
"""What a bad request may meet: 413 as well, since a size is a member of an upload."""


def excluded_checks(operation: str) -> set[str]:
    """The checks that are left out for an operation."""
    return {check for excluded, check in EXCLUDED_CHECKS if excluded == operation}


def has_plain_numbers(body: Any) -> bool:  # noqa: ANN401 - whatever is generated
    """Tell whether every number of a body is one that we read as JSON Schema does.

    It knows integers beyond 64 bits, and takes 1.0 for an integer; we do neither, and no schema could say so of
    members that it does not describe.
    """
    if isinstance(body, dict):
        return all(map(has_plain_numbers, body.values()))
    if isinstance(body, list):
        return all(map(has_plain_numbers, body))
    if isinstance(body, float):
        return not body.is_integer()
    return not isinstance(body, int) or -(2**63) <= body < 2**63
