"""Makes what is uploaded to Lambda, without Docker: the two layers and one folder of code per surface.

Everything is byte-compiled when an interpreter of the runtime's version is on PATH, with unchecked hashes: Lambda's
file system is read-only, so that code without usable bytecode is compiled again at every cold start, and the CDK CLI
zips with a fixed time, which makes bytecode that is checked by time useless.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.paths import CORE_LAYER, FUNCTIONS, REQUIREMENTS

PYTHON_VERSION = "3.13"
PLATFORM = "aarch64-manylinux2014"
"""Not manylinux_2_28: some of the wheels are tagged 2014 only."""

SDK_SERVICES = frozenset({"cloudwatch", "dynamodb", "events", "s3", "secretsmanager", "stepfunctions"})
"""What functions make clients of. The SDK's description of all others, 27 MB, slows every cold start."""

LAYER_MOUNT = "/opt"
CODE_MOUNT = "/var/task"

_UNUSED = (
    "*.dist-info",  # nothing that is deployed reads its own metadata
    "bin",
    ".lock",
    "boto3/data",  # of boto3's resources; we make clients
    "boto3/examples",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
    "**/tests",
)


class BundlingError(Exception):
    """Something could not be bundled; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder ready to be zipped, and a digest of all that it is made of."""

    folder: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Bundler:
    """Makes bundles below `folder`; `compiled` ones carry the bytecode of the runtime."""

    folder: Path
    compiled: bool

    def third_party_layer(self) -> Bundle:
        """The locked packages of `layers/deps`, without what no function needs. Raises BundlingError."""
        folder = self.folder / "deps"
        _install(REQUIREMENTS, folder / "python")
        _drop_unused(folder / "python")
        _trim_sdk(folder / "python" / "botocore" / "data")
        # The digest is that of the lock, not of the result, so that it does not move with the installer.
        return self._finish(folder, LAYER_MOUNT, [REQUIREMENTS, Path(__file__)])

    def core_layer(self) -> Bundle:
        """Our own packages."""
        return self._copy(CORE_LAYER / "python", self.folder / "core" / "python", self.folder / "core", LAYER_MOUNT)

    def surface(self, name: str) -> Bundle:
        """The code of one surface, and of no other."""
        return self._copy(FUNCTIONS / name, self.folder / name / name, self.folder / name, CODE_MOUNT)

    def _copy(self, source: Path, target: Path, folder: Path, mount: str) -> Bundle:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return self._finish(folder, mount, sorted(path for path in folder.rglob("*") if path.is_file()))

    def _finish(self, folder: Path, mount: str, made_of: Iterable[Path]) -> Bundle:
        interpreter = runtime_interpreter() if self.compiled else None
        digest = _digest(self.folder, made_of, bytecode=interpreter is not None)
        if interpreter is not None:
            _compile(interpreter, folder, mount)
        return Bundle(folder, digest)


@cache
def runtime_interpreter() -> str | None:
    """The Python on PATH that makes bytecode for the runtime; without one, says so once."""
    name = f"python{PYTHON_VERSION}"
    found = shutil.which(name)
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    print(
        f"{name} is not on PATH, so the code is bundled without bytecode and cold starts take two to three times as "
        f"long. Before deploying, put {name} on PATH and synthesise again.",
        file=sys.stderr,
    )
    return None


def _digest(base: Path, made_of: Iterable[Path], *, bytecode: bool) -> str:
    digest = hashlib.sha256(json.dumps([PYTHON_VERSION, PLATFORM, bytecode]).encode())
    for path in made_of:
        name = path.relative_to(base) if path.is_relative_to(base) else path.name
        digest.update(f"\0{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _compile(interpreter: str, folder: Path, mount: str) -> None:
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", mount]
    subprocess.run([interpreter, "-m", "compileall", *options, str(folder)], check=True)


def _install(requirements: Path, target: Path) -> None:
    options = ["--python", sys.executable, "--python-version", PYTHON_VERSION, "--python-platform", PLATFORM]
    options += ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirements", str(requirements)]
    # Copies: a hard link would let the trimming below change uv's own cache.
    command = [uv(), "pip", "install", "--quiet", "--link-mode", "copy", "--target", str(target), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BundlingError(
            f"The third-party layer could not be installed from {requirements.name}: {done.stderr.strip()}"
        )


def uv() -> str:
    """The uv that runs this, or the one on PATH. Raises BundlingError."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise BundlingError("uv installs the third-party layer, and it is not on PATH: use `make synth` or `uv run`.")
    return found


def _drop_unused(packages: Path) -> None:
    for pattern in _UNUSED:
        for path in list(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _trim_sdk(data: Path) -> None:
    """Keep the services that are used, without their documentation, as plain JSON, in every partition."""
    for service in data.iterdir():
        if service.is_dir() and service.name not in SDK_SERVICES:
            shutil.rmtree(service)
    for examples in data.rglob("examples-1.json*"):
        examples.unlink()
    for packed in list(data.rglob("*.json.gz")):
        _write_json(packed.with_suffix(""), _unpacked(packed))
        packed.unlink()
    endpoints = data / "endpoints.json"
    _write_json(endpoints, _of_used_services(json.loads(endpoints.read_text(encoding="utf-8"))))


def _unpacked(packed: Path) -> Any:  # noqa: ANN401 - JSON of several forms
    return json.loads(gzip.decompress(packed.read_bytes()), object_hook=_without_documentation)


def _without_documentation(described: dict[str, Any]) -> dict[str, Any]:
    """Drop the texts; a member of a shape that is itself called `documentation` is an object, and stays."""
    return {name: value for name, value in described.items() if name != "documentation" or not isinstance(value, str)}


def _of_used_services(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    def used(partition: Mapping[str, Any]) -> dict[str, Any]:
        services = {name: value for name, value in partition["services"].items() if name in _ENDPOINT_PREFIXES}
        return {**partition, "services": services}

    return {**endpoints, "partitions": [used(partition) for partition in endpoints["partitions"]]}


_ENDPOINT_PREFIXES = frozenset({"dynamodb", "events", "monitoring", "s3", "secretsmanager", "states"})
"""The same services under the names that endpoints.json has for them."""


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), sort_keys=True), encoding="utf-8")
