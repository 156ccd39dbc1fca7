"""What schemathesis checks or sends that does not fit the Miru surface, each with the reason; everything else holds."""

from __future__ import annotations

from collections.abc import Mapping

_HOLDS_TOGETHER = "what a schema, a version, an origin or an order is, no JSON Schema says"
_WORDS = "words and orders of a list are texts in the document, since several are joined by commas"

EXCLUDED_CHECKS: Mapping[str, str] = {
    "positive_data_acceptance": f"{_HOLDS_TOGETHER}; {_WORDS}",
    "unsupported_method": "another method is 404, as an unknown path is (contract 3.2)",
    "allow_header_conformance": "a 404 has no Allow header",
}
"""The reason, by check. That good requests are accepted is what the event samples show."""

REFUSALS_OF_INPUT = ["400", "401", "404", "409", "413"]
"""What a bad request may meet: 409 when nothing but an idempotency key is wrong with it."""

_NO_VERSION = "it is the same in every version, down to the code that answers it"
_SAME_BODY = "its body is the same in every version, and what it answers is what the call that gets one is made for"
_SAME_RECORD = "it and its record are the same in every version; the envelope of a list is that of the other lists"

SAMPLED_ONLY: Mapping[str, str] = {
    "config_schemas.create_config_schema": _SAME_BODY,
    "config_types.create_config_type": _SAME_BODY,
    "config_types.update_config_type": _SAME_BODY,
    "devices.create_activation_token": _NO_VERSION,
    "devices.ping_device": _NO_VERSION,
    "docs.get_openapi": _NO_VERSION,
    "docs.get_page": _NO_VERSION,
    "git_commits.create_git_commit": _SAME_RECORD,
    "git_commits.get_git_commit": _SAME_RECORD,
    "git_commits.list_git_commits": _SAME_RECORD,
    "principal.get_principal": _NO_VERSION,
    "provisioning_tokens.create_provisioning_token": _NO_VERSION,
    "releases.change_release": _SAME_BODY,
    "releases.create_release": _SAME_BODY,
}
"""What schemathesis calls in the newest version alone, with the reason; the older ones answer its sample."""
