"""No call, answered or refused, leaves a token, password, signature or body in what the process writes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.surfaces import route_tables
from tests.handlers.test_event_samples import sample_of
from tests.support.app import Answer
from tests.support.logs import recorded_logs
from tests.support.seeds import PASSWORD, SeededApp, seeded_app

_SENSITIVE_HEADERS = ("authorization", "x-men-signature")
_SHOWN_ONCE = ("key", "secret")


@pytest.fixture(name="seeds")
def _seeds() -> Iterator[SeededApp]:
    with seeded_app() as seeds:
        yield seeds


@pytest.fixture(name="metrics", autouse=True)
def _metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sluiceway")


def secrets_of(event: Mapping[str, Any], seeds: SeededApp) -> set[str]:
    """Texts of a request that nobody but its two ends may know."""
    sent = {event["headers"][name].rpartition(" ")[2] for name in _SENSITIVE_HEADERS if name in event["headers"]}
    body = event.get("body", "")
    decoded = base64.b64decode(body).decode(errors="replace") if event["isBase64Encoded"] else body
    texts = {
        *sent,
        PASSWORD,
        decoded,
        seeds.download_token,
        seeds.workspace.token,
        seeds.updating.token,
        seeds.program.key,
    }
    return {text for text in texts if text}


def secrets_in(answer: Answer) -> set[str]:
    """What an answer shows this once."""
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    shown = answer.json() if is_json else None
    return {shown[name] for name in _SHOWN_ONCE if name in shown} if isinstance(shown, dict) else set()


def spoilt(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same event with credentials and a body that are refused."""
    headers = {**event["headers"], "authorization": "Bearer secret-token", "x-men-signature": "secret-signature"}
    return {**event, "headers": headers, "body": '{"secret-body": ', "isBase64Encoded": False}


@pytest.mark.parametrize("spoil", [dict, spoilt], ids=["as sampled", "spoilt"])
@pytest.mark.parametrize(
    ("surface", "module"), [(table.surface, route.module) for table in route_tables() for route in table.routes]
)
def test_nothing_secret_is_written(
    seeds: SeededApp,
    capsys: pytest.CaptureFixture[str],
    surface: str,
    module: str,
    spoil: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> None:
    event = spoil(sample_of(surface, module, seeds)["event"])
    with recorded_logs() as lines:
        answer = seeds.app.invoke(f"{surface}.{module}", event)
    written = "".join(lines) + capsys.readouterr().out
    assert f'"status":{answer.status}' in written
    assert [secret for secret in secrets_of(event, seeds) | secrets_in(answer) if secret in written] == []
