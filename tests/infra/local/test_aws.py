from __future__ import annotations

from infra.local.aws import aws_variables, without_aws


def test_nothing_of_the_operators_own_aws_reaches_a_local_program() -> None:
    operator = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "AWS_ENDPOINT_URL_S3": "https://s3", "PATH": "/bin"}
    variables = without_aws(operator) | aws_variables("http://127.0.0.1:1")

    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"}.isdisjoint(variables)
    assert variables["PATH"] == "/bin"


def test_loopback_is_never_asked_for_through_a_proxy() -> None:
    assert without_aws({"no_proxy": "intranet"})["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert without_aws({})["no_proxy"] == "127.0.0.1,localhost"
