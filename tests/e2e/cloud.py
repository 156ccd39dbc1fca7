"""The stacks as they are deployed: the engine's own API Gateway, Lambda and Step Functions, with policies enforced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, aws_variables
from infra.local.clients import EngineClients
from infra.local.deployer import deploy
from infra.local.engine import local_engine
from infra.local.service import ASSEMBLIES
from infra.local.synth import synthesised

_PROBLEM = "FunctionError"


class FunctionFailed(Exception):
    """A function raised: the name of the exception and its text."""


@dataclass(frozen=True)
class Cloud:
    """An engine with the stacks in it."""

    endpoint_url: str
    outputs: Mapping[str, str]

    @cached_property
    def clients(self) -> EngineClients:
        return EngineClients(self.endpoint_url)

    def client(self, service: str, credentials: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - of any service
        """A client of a service, by default with the rights of the account's root."""
        root = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
        make: Any = boto3.Session(region_name=REGION).client
        return make(service, endpoint_url=self.endpoint_url, **(credentials or root))

    @property
    def variables(self) -> dict[str, str]:
        """What this process needs in its environment to work with the engine."""
        return aws_variables(self.endpoint_url)

    def url_of(self, surface: str) -> str:
        """Where the engine's API Gateway answers for a surface."""
        api_id = httpx.URL(self.outputs[f"{surface.title()}Url"]).host.partition(".")[0]
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/$default"

    @cached_property
    def functions(self) -> dict[str, Any]:
        """What is configured for each function, by the name of its module."""
        pages = self.clients.functions.get_paginator("list_functions").paginate()
        functions = [function for page in pages for function in page["Functions"]]
        return {function["Handler"].removesuffix(".handler"): function for function in functions}

    def invoke(self, name: str, event: object) -> Any:  # noqa: ANN401 - what the function returns
        """What a function returns. Raises FunctionFailed."""
        function_name = self.functions[name]["FunctionName"]
        answer = self.clients.functions.invoke(FunctionName=function_name, Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
        if _PROBLEM in answer:
            raise FunctionFailed(f"{result['errorType']}: {result['errorMessage']}")
        return result

    def as_function(self, name: str, service: str) -> Any:  # noqa: ANN401 - of any service
        """A client with the rights of a function."""
        answer = self.client("sts").assume_role(RoleArn=self.functions[name]["Role"], RoleSessionName="test")
        given = answer["Credentials"]
        return self.client(
            service,
            {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            },
        )


@contextmanager
def deployed_cloud(state: Path) -> Iterator[Cloud]:
    """The stacks, deployed first and then met by an engine that checks every access.

    The engine cannot deploy while it checks. Waits of state machines take a hundredth of their time.
    """
    with local_engine(state) as engine:
        outputs = deploy(synthesised(ASSEMBLIES), engine.url)
        # The bucket refuses whoever comes without TLS, and the engine on loopback has none.
        EngineClients(engine.url).s3.delete_bucket_policy(Bucket=outputs["BucketName"])
    with local_engine(state, auth=True, wait_scale=0.01) as engine:
        yield Cloud(engine.url, outputs)
