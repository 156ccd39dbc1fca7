"""Deploys a cloud assembly into the local engine through CloudFormation, as the CDK command line would into AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.local.assembly import StackAssembly, Template, Upload, read_assembly
from infra.local.aws import ACCOUNT, REGION
from infra.local.clients import EngineClients
from infra.local.errors import LocalCloudError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

_BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_VERSION = "30"
_BOOTSTRAP_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_POLL_SECONDS = 0.1
_DEPLOYED_WITHIN_SECONDS = 180.0
_USABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_DEPLOYED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_TABLES = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})


def deploy(assembly: Path, endpoint_url: str) -> dict[str, str]:
    """Create or update every stack and return all their outputs. Raises LocalCloudError with the first failure."""
    deployer = _Deployer(EngineClients(endpoint_url))
    deployer.bootstrap()
    outputs: dict[str, str] = {}
    for stack in read_assembly(assembly):
        outputs |= deployer.deploy(stack)
    return outputs


@dataclass(frozen=True)
class _Deployer:
    clients: EngineClients
    stored: set[str] = field(default_factory=set)

    def bootstrap(self) -> None:
        """Leave what `cdk bootstrap` leaves in an account and templates check for."""
        self.clients.ssm.put_parameter(
            Name=_BOOTSTRAP_PARAMETER, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )
        with suppress(self.clients.s3.exceptions.BucketAlreadyOwnedByYou):
            self.clients.s3.create_bucket(Bucket=_BOOTSTRAP_BUCKET)

    def deploy(self, stack: StackAssembly) -> dict[str, str]:
        """Create or update one stack and return its outputs; one that is empty here is not made."""
        template, uploads = stack.localised()
        if not template["Resources"]:
            return {}
        for upload in uploads:
            self._upload(upload)
        template_object = Upload(uploads[0].bucket, f"{stack.name}.template.json", json.dumps(template).encode())
        try:
            self._create_or_update(stack.name, self._upload(template_object))
        except ClientError as error:
            raise LocalCloudError(f"The local engine refused the stack {stack.name}: {error}.") from error
        deployed = self._wait(stack.name)
        self._switch_on_expiry(stack.name, template)
        return {output["OutputKey"]: output["OutputValue"] for output in deployed.get("Outputs", [])}

    def _upload(self, upload: Upload) -> str:
        """Store one object, unless an earlier stack had the same, and return its URL."""
        bucket = upload.bucket.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
        url = f"{self.clients.endpoint_url}/{bucket}/{upload.key}"
        if url not in self.stored:
            self.clients.s3.put_object(Bucket=bucket, Key=upload.key, Body=upload.body)
            self.stored.add(url)
        return url

    def _create_or_update(self, name: str, template_url: str) -> None:
        existing = self._describe(name)
        if existing is None:
            self.clients.cloudformation.create_stack(
                StackName=name, TemplateURL=template_url, Capabilities=["CAPABILITY_NAMED_IAM"]
            )
        elif existing["StackStatus"] in _USABLE:
            self._update(name, template_url)
        else:
            raise LocalCloudError(
                f"The state folder holds the stack {name} as {existing['StackStatus']}, which cannot be updated; "
                "use another STATE folder, or remove this one."
            )

    def _update(self, name: str, template_url: str) -> None:
        try:
            self.clients.cloudformation.update_stack(
                StackName=name, TemplateURL=template_url, Capabilities=["CAPABILITY_NAMED_IAM"]
            )
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise

    def _describe(self, name: str) -> StackTypeDef | None:
        try:
            return self.clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _wait(self, name: str) -> StackTypeDef:
        deadline = time.monotonic() + _DEPLOYED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            stack = self._describe(name)
            if stack and stack["StackStatus"] in _DEPLOYED:
                return stack
            if stack is None or not stack["StackStatus"].endswith("IN_PROGRESS"):
                raise LocalCloudError(f"The stack {name} was not deployed: {self._first_failure(name)}.")
            time.sleep(_POLL_SECONDS)
        raise LocalCloudError(f"The stack {name} was not deployed within {_DEPLOYED_WITHIN_SECONDS:.0f} s.")

    def _first_failure(self, name: str) -> str:
        events = self.clients.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failures = [
            f"{event['LogicalResourceId']} ({event.get('ResourceType')}): {event.get('ResourceStatusReason')}"
            for event in reversed(events)
            if event.get("ResourceStatus", "").endswith("FAILED")
        ]
        return failures[0] if failures else "the engine gave no reason"

    def _switch_on_expiry(self, name: str, template: Template) -> None:
        """The engine's CloudFormation ignores a table's TimeToLiveSpecification; its DynamoDB does not."""
        for logical_id, attribute in _expiring_tables(template):
            found = self.clients.cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
            table = found["StackResourceDetail"].get("PhysicalResourceId", "")
            now = self.clients.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            if now.get("TimeToLiveStatus") != "ENABLED":
                self.clients.dynamodb.update_time_to_live(
                    TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
                )


def _expiring_tables(template: Template) -> Iterator[tuple[str, str]]:
    for logical_id, resource in template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification") or {}
        if resource["Type"] in _TABLES and expiry.get("Enabled"):
            yield logical_id, expiry["AttributeName"]
