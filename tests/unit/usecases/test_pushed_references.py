"""How what is wrong with the things that a pushed deployment names is told."""

from __future__ import annotations

import pytest

from sluiceway.domain.errors import InstancesMismatch, InvalidField, InvalidMembers, Offender, Refused, UnfitReferences
from sluiceway.usecases.assign_workflows import DEVICE, WORKFLOW
from sluiceway.usecases.pushed_references import naming_members

GATEWAY = Offender("d1", "attic", "is of class gateway")
CLOUD = Offender("w1", "bill", "is of class cloud")


@pytest.mark.parametrize(
    ("refusal", "faults"),
    [
        (
            UnfitReferences(DEVICE, [GATEWAY]),
            [("target.devices", "device d1 is of class gateway: name one of class edgeCompute")],
        ),
        (UnfitReferences(WORKFLOW, [CLOUD]), [("flow_id", "workflow w1 is of class cloud: name one of class edge")]),
        (InvalidField("config_instance_ids", "is odd"), [("instance_ids", "is odd")]),
        (
            InstancesMismatch(missing=["a"], duplicate=["b"], unexpected=["c"]),
            [
                ("instance_ids", "add an instance of the config schema a, of which there is none"),
                ("instance_ids", "keep one instance of the config schema b, of which there are more"),
                ("instance_ids", "leave out the instance of c, which is no schema of the release"),
            ],
        ),
    ],
)
def test_a_refusal_names_the_members_of_the_creation(refusal: Refused, faults: list[tuple[str, str]]) -> None:
    def check() -> None:
        raise refusal

    with pytest.raises(InvalidMembers) as refused:
        naming_members(check)
    assert [*refused.value.faults] == faults


def test_what_is_not_refused_is_returned() -> None:
    assert naming_members(lambda: "checked") == "checked"
