"""A cloud assembly (what a CDK synth leaves behind), made deployable into the local engine.

The engine runs functions of a managed Python runtime with a worker of its own that loses the type of an exception, and
state machines catch those by name. So functions become custom runtimes: the same code under AWS's own runtime client,
with the interpreter and the third-party packages of the locked environment.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from infra.local.errors import LocalCloudError

Template = dict[str, Any]
_LEFT_OUT = frozenset({"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"})
"""The engine refuses a stack with metric math, and nobody looks at either on one machine."""
LOCAL_VARIABLES = {"SLUICEWAY_LOCAL": "1"}
"""Set for local functions and by nothing else: they refuse to work with real AWS, and may send events to loopback."""
_STACK = "aws:cloudformation:stack"
_BOOTSTRAP = f"""#!/bin/sh
export PYTHONPATH="$LAMBDA_TASK_ROOT"
exec {sys.executable} -m awslambdaric "$_HANDLER"
"""
_EXECUTABLE = 0o755
_READABLE = 0o644
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Upload:
    """One object that a stack needs in the bootstrap bucket. `bucket` still holds the pseudo parameters of its name."""

    bucket: str
    key: str
    body: bytes


@dataclass(frozen=True)
class _Archives:
    """What folders of an assembly become, made once for all the stacks that have them."""

    _assets: dict[Path, bytes] = field(default_factory=dict)
    _functions: dict[tuple[Path, ...], bytes] = field(default_factory=dict)

    def of_asset(self, folder: Path) -> bytes:
        if folder not in self._assets:
            self._assets[folder] = zipped(folder_files(folder))
        return self._assets[folder]

    def of_function(self, folders: tuple[Path, ...]) -> bytes:
        """A function's own folder and its layers, started by AWS's runtime client."""
        if folders not in self._functions:
            files = {name: data for folder in folders for name, data in _code_files(folder)}
            self._functions[folders] = zipped(files | {"bootstrap": _BOOTSTRAP.encode()})
        return self._functions[folders]


@dataclass(frozen=True)
class StackAssembly:
    """One synthesised stack: its name, and where its template and its assets are."""

    folder: Path
    name: str
    template_file: str
    _archives: _Archives
    _function_codes: dict[tuple[str, ...], Upload] = field(default_factory=dict, init=False)

    def localised(self) -> tuple[Template, list[Upload]]:
        """The template as the engine runs it, possibly without resources, and every object it refers to."""
        template: Template = json.loads((self.folder / self.template_file).read_text())
        resources = {name: it for name, it in template["Resources"].items() if it["Type"] not in _LEFT_OUT}
        template["Resources"] = resources
        for function in _python_functions(resources):
            function["Runtime"] = "provided.al2023"
            function["Code"]["S3Key"] = self._function_code(_code_keys(function, resources)).key
            function.setdefault("Environment", {}).setdefault("Variables", {}).update(LOCAL_VARIABLES)
        return template, [*self._asset_uploads(), *self._function_codes.values()]

    @cached_property
    def _assets(self) -> dict[str, tuple[str, Path, bool]]:
        """Bucket, path and whether it is a folder to be zipped, by object key."""
        listed = json.loads((self.folder / f"{self.name}.assets.json").read_text()).get("files", {})
        return {
            destination["objectKey"]: (
                destination["bucketName"],
                self.folder / asset["source"]["path"],
                asset["source"]["packaging"] == "zip",
            )
            for asset in listed.values()
            for destination in asset["destinations"].values()
        }

    def _asset_uploads(self) -> Iterator[Upload]:
        for key, (bucket, path, is_folder) in self._assets.items():
            yield Upload(bucket, key, self._archives.of_asset(path) if is_folder else path.read_bytes())

    def _function_code(self, keys: tuple[str, ...]) -> Upload:
        if keys not in self._function_codes:
            body = self._archives.of_function(tuple(self._assets[key][1] for key in keys))
            key = f"local-{hashlib.sha256(body).hexdigest()}.zip"
            self._function_codes[keys] = Upload(self._assets[keys[0]][0], key, body)
        return self._function_codes[keys]


def read_assembly(folder: Path) -> list[StackAssembly]:
    """The stacks of an assembly, each after those it depends on. Raises LocalCloudError when there are none."""
    artifacts: dict[str, Any] = json.loads((folder / "manifest.json").read_text())["artifacts"]
    order = TopologicalSorter({name: artifact.get("dependencies", []) for name, artifact in artifacts.items()})
    stacks = [name for name in order.static_order() if artifacts[name]["type"] == _STACK]
    if not stacks:
        raise LocalCloudError(f"The CDK app left no stack in {folder}; run `make synth` to see why.")
    archives = _Archives()
    return [StackAssembly(folder, name, artifacts[name]["properties"]["templateFile"], archives) for name in stacks]


def _python_functions(resources: Mapping[str, Any]) -> Iterator[Any]:
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function" and str(properties.get("Runtime", "")).startswith("python"):
            yield properties


def _code_keys(function: dict[str, Any], resources: Mapping[str, Any]) -> tuple[str, ...]:
    """The assets that a function is made of; its layers are taken out, as they become part of its code."""
    layers = [resources[layer["Ref"]]["Properties"]["Content"]["S3Key"] for layer in function.pop("Layers", [])]
    return (function["Code"]["S3Key"], *layers)


def _code_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """A layer keeps its modules under `python/`, where Lambda's own runtime would find them."""
    for name, data in folder_files(folder).items():
        path = PurePosixPath(name)
        yield (str(path.relative_to("python")) if path.is_relative_to("python") else name), data


def folder_files(folder: Path) -> dict[str, bytes]:
    """The contents of every file under a folder, by relative path, without compiled code."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive that is the same, byte for byte, for the same files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_EXECUTABLE if name == "bootstrap" else _READABLE) << 16
            opened.writestr(entry, files[name])
    return archive.getvalue()
