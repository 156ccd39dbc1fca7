"""What makes two deployments of configuration or of a workflow the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluiceway.domain.plan import Plan
from sluiceway.domain.slots import AssignedVersion
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.usecases.create_pushed_deployment import PushedDefinition

SITE, PLANT = TagSelector("site"), TagSelector(value="plant")
TO_DEVICES = PushedDefinition("wave", AssignedVersion("flow", "v1"), ("a", "b"))
TO_TAGS = replace(TO_DEVICES, device_ids=(), tags=(SITE, PLANT))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (TO_DEVICES, replace(TO_DEVICES, device_ids=("b", "a", "b"), plan=Plan(priority=1)), True),
        (TO_DEVICES, replace(TO_DEVICES, device_ids=("a",)), False),
        (TO_DEVICES, replace(TO_DEVICES, content=AssignedVersion("flow", "v2")), False),
        (TO_TAGS, replace(TO_TAGS, tags=(PLANT, SITE)), True),
        (TO_TAGS, replace(TO_TAGS, tags=(TagSelector("plant"), SITE)), False),
    ],
)
def test_devices_and_tags_are_the_same_in_any_order(
    one: PushedDefinition, other: PushedDefinition, *, same: bool
) -> None:
    assert (one.digest() == other.digest()) is same
