"""What is uploaded can be imported there: the layers are looked into, since an arm64 layer cannot be run here."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import SDK_SERVICES, Bundler, runtime_interpreter
from infra.paths import CORE_LAYER, FUNCTIONS, REQUIREMENTS, ROOT
from tests.infra.assembly import Assembly

REGIONS = ("eu-central-1", "cn-north-1", "us-gov-west-1")

MAKE_CLIENTS = """
import json, sys, boto3
services, regions = json.loads(sys.argv[1])
session = boto3.Session("a", "b")
def seen(service, region):
    client = session.client(service, region_name=region)
    calls = sorted(client.meta.method_to_api_mapping)
    return [client.meta.endpoint_url, client.meta.partition, client.meta.config.signature_version, calls]
print(json.dumps({
    service: [session.get_available_regions(service), *(seen(service, region) for region in regions)]
    for service in services
}))
"""

SUMMER_TIME = """
from datetime import datetime
from zoneinfo import ZoneInfo
print(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).tzname())
"""

OUR_PACKAGES = {path.name for root in (FUNCTIONS, CORE_LAYER / "python") for path in root.iterdir() if path.is_dir()}


@pytest.fixture(scope="module")
def third_party(assembly: Assembly) -> Path:
    layer = next(layer for layer in assembly.resources("AWS::Lambda::LayerVersion") if layer.name == "ThirdParty")
    return assembly.asset(layer.properties["Content"]["S3Key"]) / "python"


def python_files() -> Iterator[Path]:
    for root in (FUNCTIONS, CORE_LAYER / "python"):
        yield from root.rglob("*.py")


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that a file may import when it runs; what only a type checker or another Python reads is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.If) and "version_info" in ast.unparse(node.test):
            yield from (name for other in node.orelse for name in imports(ast.Module([other], [])))
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        yield from imports(node)


def third_party_imports() -> set[str]:
    found = {name for path in python_files() for name in imports(ast.parse(path.read_text(encoding="utf-8")))}
    return {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names | OUR_PACKAGES}


def is_there(packages: Path, module: str) -> bool:
    path = packages.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_the_layer_has_every_module_that_a_function_imports(third_party: Path) -> None:
    wanted = third_party_imports()
    assert wanted
    assert {module for module in wanted if not is_there(third_party, module)} == set()


def test_the_layer_is_for_arm64_and_the_runtime(third_party: Path) -> None:
    extensions = [path.name for path in third_party.rglob("*.so")]
    assert any("cpython-313-aarch64" in name for name in extensions)
    assert not [name for name in extensions if "x86" in name or "cpython-311" in name]


def test_the_layer_unpacked_leaves_most_of_lambdas_250_mb_to_the_code(third_party: Path) -> None:
    assert sum(path.stat().st_size for path in third_party.rglob("*") if path.is_file()) < 60_000_000


def make_clients(packages: Path | None) -> object:
    """Make a client of each service in each partition, from the layer's packages alone or from the locked ones."""
    options = ["-S"] if packages else []
    environment = os.environ | ({"PYTHONPATH": str(packages)} if packages else {})
    arguments = json.dumps([sorted(SDK_SERVICES), REGIONS])
    command = [sys.executable, *options, "-W", "ignore", "-c", MAKE_CLIENTS, arguments]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def test_the_trimmed_sdk_knows_the_same_regions_endpoints_and_calls_in_every_partition(third_party: Path) -> None:
    assert make_clients(third_party) == make_clients(None)


def test_the_sdk_describes_the_services_that_functions_use_and_no_others(third_party: Path) -> None:
    described = {path.name for path in (third_party / "botocore" / "data").iterdir() if path.is_dir()}
    assert described == SDK_SERVICES
    assert client_names() == described


def client_names() -> set[str]:
    """What the product passes as the name of a service when it makes a client."""
    calls = (
        node
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("client", "create_client")) and node.args
    )
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def test_the_trimmed_sdk_is_a_fraction_of_the_whole(third_party: Path) -> None:
    data = third_party / "botocore" / "data"
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) < 3_000_000
    assert not list(data.rglob("*.gz"))


def test_the_layer_knows_time_zones_that_its_machine_does_not(third_party: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(third_party), "PYTHONTZPATH": ""}
    command = [sys.executable, "-S", "-c", SUMMER_TIME]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "CEST\n"


def test_the_core_layer_is_our_package_and_nothing_else(assembly: Assembly) -> None:
    layer = next(layer for layer in assembly.resources("AWS::Lambda::LayerVersion") if layer.name == "Core")
    folder = assembly.asset(layer.properties["Content"]["S3Key"])
    assert sources(folder / "python") == sources(CORE_LAYER / "python")


def sources(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*.py")}


def test_the_requirements_are_what_the_lock_says() -> None:
    options = ["--no-default-groups", "--frozen", "--no-header", "--no-annotate"]
    exported = subprocess.run(
        [bundling.uv(), "export", *options], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert REQUIREMENTS.read_text(encoding="utf-8") == exported


def test_bytecode_is_never_checked_against_its_source_and_knows_where_it_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "runtime_interpreter", lambda: sys.executable)
    bundle = Bundler(tmp_path, compiled=True).core_layer()
    compiled = list(bundle.folder.rglob("*.pyc"))
    assert len(compiled) == len(sources(bundle.folder))
    for path in compiled:
        assert path.read_bytes()[4:8] == b"\x01\0\0\0"  # by hash, unchecked
        assert b"/opt/python/sluiceway/" in path.read_bytes()
        assert str(tmp_path).encode() not in path.read_bytes()


def test_bytecode_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Bundler(tmp_path / "plain", compiled=False).core_layer()
    monkeypatch.setattr(bundling, "runtime_interpreter", lambda: sys.executable)
    assert Bundler(tmp_path / "compiled", compiled=True).core_layer().digest != plain.digest


def test_without_an_interpreter_of_the_runtime_it_says_so_and_bundles_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    runtime_interpreter.cache_clear()
    bundle = Bundler(tmp_path, compiled=True).core_layer()
    runtime_interpreter.cache_clear()
    assert "put python3.13 on PATH and synthesise again" in capfd.readouterr().err
    assert not list(bundle.folder.rglob("*.pyc"))


def test_the_same_sources_give_the_same_bundle(tmp_path: Path) -> None:
    first, second = (Bundler(tmp_path / name, compiled=False).core_layer() for name in ("first", "second"))
    assert first.digest == second.digest
    assert content(first.folder.rglob("*"), first.folder) == content(second.folder.rglob("*"), second.folder)


def content(paths: Iterable[Path], base: Path) -> dict[Path, str]:
    return {path.relative_to(base): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}
