"""One metric line per answer, in a deployment only."""

import json

import pytest

from sluiceway.runtime.metrics import record_answer

NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"


def test_an_answer_is_counted_by_its_class_with_its_latency(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, "Sluiceway")
    record_answer("mender", "GET /x", 503, 0.01234, "mine")
    line = json.loads(capsys.readouterr().out)
    (definition,) = line["_aws"]["CloudWatchMetrics"]
    assert definition["Namespace"] == "Sluiceway"
    assert definition["Dimensions"] == [["service"]]
    assert {metric["Name"]: metric["Unit"] for metric in definition["Metrics"]} == {
        "5xx": "Count",
        "Latency": "Milliseconds",
    }
    assert (line["5xx"], line["Latency"], line["service"]) == ([1.0], [12.3], "mender")
    assert (line["route"], line["status"], line["request_id"]) == ("GET /x", 503, "mine")


def test_answers_do_not_add_up_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, "Sluiceway")
    record_answer("mender", "GET /x", 200, 0.001, "one")
    record_answer("mender", "GET /x", 404, 0.002, "two")
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["2xx"], second["4xx"]) == ([1.0], [1.0])
    assert "2xx" not in second


def test_without_a_namespace_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAMESPACE_VARIABLE, raising=False)
    record_answer("mender", "GET /x", 200, 0.001, "one")
    assert capsys.readouterr().out == ""
