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
