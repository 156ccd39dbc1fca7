"""Every package of functions is held by the rules on who may import whom, which name the packages one by one."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from infra.surfaces import surface_names
from tests.unit.structure.sources import ROOT

PACKAGES = [*surface_names(), "workflow"]


@pytest.fixture(scope="module", name="tools")
def _tools() -> dict[str, Any]:
    tools: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return tools


def test_no_package_of_functions_imports_another(tools: dict[str, Any]) -> None:
    (layers,) = (contract["layers"] for contract in tools["importlinter"]["contracts"] if contract["type"] == "layers")
    assert sorted(layers[0].split(" | ")) == sorted(PACKAGES)
    assert set(PACKAGES) <= set(tools["importlinter"]["root_packages"])


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_functions_reaches_neither_aws_nor_stores_in_memory(tools: dict[str, Any], package: str) -> None:
    forbidding = [contract for contract in tools["importlinter"]["contracts"] if contract["type"] == "forbidden"]
    forbidden = {
        module
        for contract in forbidding
        if package in contract["source_modules"]
        for module in contract["forbidden_modules"]
    }
    assert {"sluiceway.storage.memory", "sluiceway.artifacts.memory", "boto3", "botocore"} <= forbidden


def test_imports_of_every_package_are_sorted_as_our_own(tools: dict[str, Any]) -> None:
    assert set(PACKAGES) <= set(tools["ruff"]["lint"]["isort"]["known-first-party"])
