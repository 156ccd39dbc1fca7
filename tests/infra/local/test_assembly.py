from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from infra.local.assembly import read_assembly, zipped
from infra.local.errors import LocalCloudError
from tests.infra.local.assemblies import AssemblyFolder, function, table

CODE = {"surface/handle.py": "", "surface/__pycache__/handle.pyc": "stale"}
CORE = {"python/core/rules.py": "VALUE = 1"}


def archive_of(tmp_path: Path, **core: str) -> zipfile.ZipFile:
    AssemblyFolder(tmp_path).add_stack(
        "One", function("f", "surface.handle.handler"), {"code": CODE, "core": CORE | core}
    )
    template, uploads = read_assembly(tmp_path)[0].localised()
    properties = template["Resources"]["Function"]["Properties"]
    body = next(upload.body for upload in uploads if upload.key == properties["Code"]["S3Key"])
    return zipfile.ZipFile(io.BytesIO(body))


def test_stacks_come_after_those_they_depend_on(tmp_path: Path) -> None:
    assembly = AssemblyFolder(tmp_path)
    for name in ("Data", "Workflow", "Api"):
        assembly.add_stack(name, table(name))

    assert [stack.name for stack in read_assembly(tmp_path)] == ["Data", "Workflow", "Api"]


def test_an_assembly_without_stacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"artifacts": {"Tree": {"type": "cdk:tree"}}}')

    with pytest.raises(LocalCloudError, match="left no stack"):
        read_assembly(tmp_path)


def test_a_python_function_runs_under_awss_runtime_client_with_its_layers_in_its_code(tmp_path: Path) -> None:
    with archive_of(tmp_path) as archive:
        names, bootstrap = archive.namelist(), archive.read("bootstrap").decode()
        mode = archive.getinfo("bootstrap").external_attr >> 16

    assert names == ["bootstrap", "core/rules.py", "surface/handle.py"]
    assert f"exec {sys.executable} -m awslambdaric" in bootstrap
    assert mode == 0o755
    template, _ = read_assembly(tmp_path)[0].localised()
    assert template["Resources"]["Function"]["Properties"]["Runtime"] == "provided.al2023"
    assert "Layers" not in template["Resources"]["Function"]["Properties"]


def test_a_function_is_told_that_it_is_local_beside_what_it_is_told_anyway(tmp_path: Path) -> None:
    resources = function("f", "surface.handle.handler")
    resources["Function"]["Properties"]["Environment"] = {"Variables": {"SLUICEWAY_TABLE": "table"}}
    AssemblyFolder(tmp_path).add_stack("One", resources, {"code": CODE, "core": CORE})
    template, _ = read_assembly(tmp_path)[0].localised()
    told = template["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    assert told == {"SLUICEWAY_TABLE": "table", "SLUICEWAY_LOCAL": "1"}


def test_a_change_in_a_layer_changes_the_functions_code(tmp_path: Path) -> None:
    AssemblyFolder(tmp_path).add_stack("One", function("f", "surface.handle.handler"), {"code": CODE, "core": CORE})
    keys = []
    for text in ("VALUE = 1", "VALUE = 1", "VALUE = 2"):
        (tmp_path / "core/python/core/rules.py").write_text(text)
        template, _ = read_assembly(tmp_path)[0].localised()
        keys.append(template["Resources"]["Function"]["Properties"]["Code"]["S3Key"])

    assert keys[0] == keys[1] != keys[2]


def test_what_the_engine_refuses_is_left_out(tmp_path: Path) -> None:
    alarm = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}}}
    AssemblyFolder(tmp_path).add_stack("One", table("t") | alarm)

    template, _ = read_assembly(tmp_path)[0].localised()
    assert set(template["Resources"]) == {"Table"}


def test_the_same_files_make_the_same_archive() -> None:
    assert zipped({"a": b"1", "b": b"2"}) == zipped({"b": b"2", "a": b"1"})


def test_what_several_stacks_have_is_archived_once(tmp_path: Path) -> None:
    assembly = AssemblyFolder(tmp_path)
    for name in ("One", "Two"):
        assembly.add_stack(name, function(name, "surface.handle.handler"), {"code": CODE, "core": CORE})

    one, two = ({upload.key: upload.body for upload in stack.localised()[1]} for stack in read_assembly(tmp_path))

    archives = [key for key in one if key.endswith(".zip")]
    assert len(archives) == 3
    assert all(one[key] is two[key] for key in archives)
