"""Cloud assemblies as small as they come, with the parts that CDK's have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
IN_BUCKET = {"Fn::Sub": BUCKET}
Resources = dict[str, Any]


class AssemblyFolder:
    """Writes an assembly stack by stack, each depending on those before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._artifacts: dict[str, Any] = {}

    def add_stack(
        self,
        name: str,
        resources: Resources,
        assets: Mapping[str, Mapping[str, str]] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """`assets` are folders, by name: file contents by relative path."""
        template = {"Resources": resources, "Outputs": outputs or {}}
        (self.folder / f"{name}.template.json").write_text(json.dumps(template))
        files = {"template": self._file(f"{name}.template.json", "file", "template.json")}
        for asset, contents in (assets or {}).items():
            self._write_asset(asset, contents)
            files[asset] = self._file(asset, "zip", f"{asset}.zip")
        (self.folder / f"{name}.assets.json").write_text(json.dumps({"files": files}))
        self._add_to_manifest(name)

    def _write_asset(self, asset: str, contents: Mapping[str, str]) -> None:
        for path, text in contents.items():
            file = self.folder / asset / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    @staticmethod
    def _file(path: str, packaging: str, key: str) -> dict[str, Any]:
        destination = {"bucketName": BUCKET, "objectKey": key}
        return {"source": {"path": path, "packaging": packaging}, "destinations": {"here": destination}}

    def _add_to_manifest(self, name: str) -> None:
        stack = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": [other for other in self._artifacts if other != name],
        }
        self._artifacts = {name: stack, **self._artifacts}
        (self.folder / "manifest.json").write_text(json.dumps({"artifacts": self._artifacts}))


def table(name: str) -> Resources:
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    return {
        "Table": {
            "Type": "AWS::DynamoDB::GlobalTable",
            "Properties": {
                "TableName": name,
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": key,
                "BillingMode": "PAY_PER_REQUEST",
                "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
                "Replicas": [{"Region": "us-east-1"}],
            },
        }
    }


def function(name: str, handler: str) -> Resources:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
                ],
            }
        },
    }
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": {"S3Bucket": IN_BUCKET, "S3Key": "core.zip"}},
    }
    properties = {
        "FunctionName": name,
        "Handler": handler,
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Timeout": 20,
        "Code": {"S3Bucket": IN_BUCKET, "S3Key": "code.zip"},
        "Layers": [{"Ref": "Layer"}],
    }
    return {"Role": role, "Layer": layer, "Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}
