"""What the README says of plans is so, and what it tells its readers to paste does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from native._routes import ROUTES
from native._wire_deployments import NewDeploymentBody
from native._wire_plans import PlanBody
from sluiceway.domain.gates import GateReason
from sluiceway.domain.holds import Reason
from sluiceway.domain.slots import SlotKind
from tests.contract.losant.clients import OF_PYTHON
from tests.contract.miru.sdk import TETONS
from tests.contract.pasted import clone_of, paste, section, sessions, with_uv
from tests.support.genuine import require_package, require_program
from tests.support.service import RunningService, in_another_workspace

HEADING = "Rollout plans"
PACKAGES = {"losant_rest": OF_PYTHON, "miru_platform_sdk": TETONS.requirement}
DEPLOYMENT = "/api/v1/deployments/{id}/"


def names_in(text: str) -> list[str]:
    """What stands in backquotes, beside what is to be pasted."""
    return re.findall("`([^`]+)`", re.sub("```.*?```", "", text, flags=re.DOTALL))


def named_first(heading: str) -> list[str]:
    """What the first cells of the table with this heading name, in order."""
    table = section(HEADING).partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [name for row in table.split("\n")[2:] for name in names_in(row.split("|")[1])]


def members_of(schema: dict[str, Any]) -> Iterator[str]:
    """The names of all members in a schema, those of its parts among them."""
    parts = [schema, *schema.get("$defs", {}).values()]
    return (name for part in parts for name in part.get("properties", {}))


def test_the_readme_explains_every_rule_in_the_order_in_which_a_poll_looks_at_them() -> None:
    assert named_first("rule") == [*Reason]


def test_the_readme_explains_every_reason_of_a_gate() -> None:
    explained = named_first("the gate holds") + named_first("the gate is breached")
    assert sorted(explained) == sorted(GateReason)


def test_the_readme_names_every_member_of_a_plan() -> None:
    members = set(members_of(PlanBody.model_json_schema()))
    assert sorted(members - {*names_in(section(HEADING))}) == []


def test_what_the_readme_deploys_to_other_slots_can_be_deployed() -> None:
    examples = re.findall("```json\n(.*?)```", section(HEADING), flags=re.DOTALL)
    bodies = [NewDeploymentBody.model_validate_json(example) for example in examples]
    assert {body.slot for body in bodies} == {*SlotKind} - {SlotKind.SOFTWARE}
    assert [fault for body in bodies for fault in body.member_faults()] == []


def test_the_readme_names_every_call_on_a_deployment() -> None:
    calls = {f"{route.method} …/{route.path.removeprefix(DEPLOYMENT)}" for route in ROUTES if DEPLOYMENT in route.path}
    named = {name.replace("…/{id}/", "…/") for name in names_in(section(HEADING))}
    assert sorted(calls - named) == []


@pytest.mark.genuine
def test_the_session_of_the_readme_with_a_plan_ends_with_a_release_on_every_device(
    service: RunningService, tmp_path: Path
) -> None:
    require_program("mender-artifact")
    software, _, _ = sessions(HEADING)
    printed = paste(software, clone_of(in_another_workspace(service), tmp_path)).splitlines()
    documents = [json.loads(line) for line in printed if line[:1] in "[{"]

    projection, waiting, *explanations, approved, passed, end, of_mender = documents
    assert projection["cost_usd"] > 0
    assert waiting == ["waiting-for-approval", "planned"]
    told = sorted((each["status"], each["blocked_by"]) for each in explanations)
    assert told == [*[("pending", "phase-not-open")] * 3, ("success", "part-ended")]
    assert approved["number"] == 1
    assert (passed, end) == (["passed", "passed"], ["finished", 4])
    assert of_mender == [3, [1, "open"], [3, "planned"]]


@pytest.mark.genuine
@pytest.mark.parametrize(
    ("number", "package", "seen"),
    [
        (1, "losant_rest", [{"gateways that are to run it": count} for count in (1, 2)]),
        (2, "miru_platform_sdk", [{"carts that are given it": ["queued"] * count} for count in (1, 2)]),
    ],
)
def test_the_sessions_of_the_readme_show_phases_to_the_genuine_clients(
    service: RunningService, tmp_path: Path, number: int, package: str, seen: list[object]
) -> None:
    require_package(PACKAGES[package], package)
    session = sessions(HEADING)[number]
    assert f" --with {PACKAGES[package]} " in session
    printed = paste(session, clone_of(service, tmp_path), **with_uv()).splitlines()
    assert [json.loads(line) for line in printed if line.startswith("{")] == seen
