from __future__ import annotations

import pytest

from sluiceway.runtime.env import Environment, ImproperEnvironmentError, read_environment

RESOURCES = {
    "SLUICEWAY_TABLE": "table",
    "SLUICEWAY_BUCKET": "bucket",
    "SLUICEWAY_SIGNING_KEY": "arn:key",
    "SLUICEWAY_RETRY_MACHINE": "arn:machine",
    "SLUICEWAY_ROLLOUT_MACHINE": "arn:rollout",
    "SLUICEWAY_VERIFY_MACHINE": "arn:verifier",
    "SLUICEWAY_DELIVER_MACHINE": "arn:deliverer",
    "SLUICEWAY_EVENT_BUS": "arn:bus",
}
LOCAL = {**RESOURCES, "SLUICEWAY_LOCAL": "1"}


def test_a_function_is_told_its_resources() -> None:
    assert read_environment(RESOURCES) == Environment(
        "table", "bucket", "arn:key", "arn:machine", "arn:rollout", "arn:verifier", "arn:deliverer", "arn:bus"
    )


@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    given = {**RESOURCES, name: value or ""}
    with pytest.raises(ImproperEnvironmentError, match=name):
        read_environment(given)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
def test_a_local_process_works_with_an_engine_on_loopback(url: str) -> None:
    environment = read_environment({**LOCAL, "AWS_ENDPOINT_URL": url})
    assert (environment.table, environment.is_local) == ("table", True)


@pytest.mark.parametrize(
    "leading_elsewhere",
    [
        {},
        {"AWS_ENDPOINT_URL": ""},
        {"AWS_ENDPOINT_URL": "https://dynamodb.eu-west-1.amazonaws.com"},
        {"AWS_ENDPOINT_URL": "http://192.0.2.7:4566"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1.example.com"},
        {"AWS_ENDPOINT_URL": "127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL": "http://[::1"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"},
    ],
)
def test_a_local_process_refuses_whatever_could_reach_real_aws(leading_elsewhere: dict[str, str]) -> None:
    with pytest.raises(ImproperEnvironmentError, match="SLUICEWAY_LOCAL=1"):
        read_environment({**LOCAL, **leading_elsewhere})


def test_a_deployed_function_needs_no_endpoint() -> None:
    assert read_environment({**RESOURCES, "SLUICEWAY_LOCAL": "0"}).bucket == "bucket"
