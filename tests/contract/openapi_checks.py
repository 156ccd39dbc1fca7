"""What schemathesis found, and whether an answer is as the OpenAPI document of its surface describes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any

import schemathesis
from jsonschema_rs import Draft202012Validator
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import Interaction, ScenarioRecorder

from sluiceway.http.routes import Route
from tests.support.app import Answer
from tests.support.soak import is_soak

CONTENT_HEADERS = {"content-type", "content-length"}
ANY_HEADER = "x-schemathesis-unknown-property"
"""A header that is not described, which schemathesis would have refused."""
EXAMPLES = 300 if is_soak() else 5
"""Beside those that schemathesis always makes, one for each rule of a schema and for how it can be broken."""


def config_of(*, by_state: Sequence[str], of_input: Sequence[str], excluded: Iterable[str] = ()) -> schemathesis.Config:
    """All checks but the excluded ones, with what good requests may meet and bad ones must.

    The examples are the same every time, except in a soak, and however long it takes to make them. No call builds on
    another's answer: the documents have no links between operations, and the tests of the engine call it in sequences.
    """
    return schemathesis.Config.from_dict(
        {
            "generation": {"max-examples": EXAMPLES, "deterministic": not is_soak(), "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "suppress-health-check": ["too_slow"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": by_state},
                "negative_data_rejection": {"expected-statuses": of_input},
                **{check: {"enabled": False} for check in excluded},
            },
        }
    )


def recorders(events: Iterator[EngineEvent]) -> Iterator[ScenarioRecorder]:
    """What was called and checked. Raises whatever kept schemathesis from calling."""
    for event in events:
        if isinstance(event, FatalError):
            raise event.exception
        if isinstance(event, NonFatalError):
            raise event.value
        if isinstance(event, ScenarioFinished):
            yield event.recorder


def faults(recorder: ScenarioRecorder) -> Iterator[str]:
    """What did not hold: the check, how to call the operation so, and what it answered."""
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info:
                answer = recorder.interactions[case_id].response
                text = answer.content.decode(errors="replace") if answer else "no answer"
                failure = check.failure_info.failure
                yield f"{check.name}: {failure.message}\n{check.failure_info.code_sample}\n{text}"


def show_example(document: dict[str, Any], route: Route, event: dict[str, Any], body: object) -> None:
    """Describe the ids of a sample, and a body, as examples: with others no call gets past what does not exist."""
    described = document["paths"][route.path][route.method.lower()]
    for parameter in described.get("parameters", []):
        if parameter["in"] == "path":
            parameter["example"] = event["pathParameters"][parameter["name"]]
    for content in described.get("requestBody", {}).get("content", {}).values():
        content["example"] = body


def status_of(interaction: Interaction) -> int | None:
    return interaction.response.status_code if interaction.response else None


def check_described(answer: Answer, document: dict[str, Any], route: Route) -> None:
    """Fail unless the answer has the described headers and members, and no others."""
    described = document["paths"][route.path][route.method.lower()]["responses"][str(answer.status)]
    assert {name.lower() for name in described["headers"]} == set(answer.headers) - CONTENT_HEADERS
    for media_type, content in described.get("content", {"": {"schema": {"const": ""}}}).items():
        assert answer.headers.get("content-type", "").partition(";")[0] == media_type
        value = answer.json() if media_type == "application/json" else answer.text
        closed(document, content["schema"]).validate(value)


def closed(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator that takes no member which is not described."""
    components = deepcopy(document["components"])
    for described in components["schemas"].values():
        if "properties" in described:
            described.setdefault("additionalProperties", False)
    return Draft202012Validator({**schema, "components": components}, validate_formats=True)
