"""The rows of miru contract 6.2 that users bring about, through the API; what devices report is proven with them."""

from __future__ import annotations

import pytest

from miru._versions import Version
from tests.handlers.miru.calls import Bench, refusal
from tests.support.unchanged import nothing_changes

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
VALID = {"is_valid": True, "message": "fine", "config_instances": []}
INVALID = {"is_valid": False, "message": "too fast", "config_instances": []}


def refused(bench: Bench, deployment: str, call: str, code: str, version: Version = T) -> None:
    with nothing_changes(bench.miru.app):
        answer = bench.miru.in_version(version).call("POST", f"/deployments/{deployment}/{call}")
    assert refusal(409, code, answer) == {"deployment_id": deployment}


def test_row_1_another_release_is_staged(bench: Bench) -> None:
    assert bench.stands(bench.create()) == "staged/staged"
    bench.deployed(1)
    assert bench.stands(bench.create(2)) == "staged/staged"


def test_row_2_a_patch_of_the_current_release_is_queued_and_supersedes(bench: Bench) -> None:
    former, waiting = bench.deployed(0), bench.create(1)
    patch = bench.create(0, "deployed")
    assert (bench.stands(patch), bench.stands(former)) == ("deployed/queued", "archived/archived")
    assert bench.stands(waiting) == "staged/drifted"


@pytest.mark.parametrize("version", Version)
def test_row_3_with_custom_validation_a_deployment_waits_for_the_verdict(bench: Bench, version: Version) -> None:
    bench.validate(0)
    target = "approved" if version is P else "staged"
    body = bench.draft(0, target) if version is T else bench.older_draft(0, target)
    made = bench.miru.in_version(version).post("/deployments", body)["id"]
    assert {each: bench.stands(made, each) for each in Version} == {
        P: "approved/validating",
        Z: "staged/validating",
        T: "staged/staged",
    }
    for call in ("deploy", "approve", "stage", "reject"):
        for caller in Version:
            refused(bench, made, call, "deployment_validating", caller)
    refused(bench, made, "archive", "deployment_validating", T)


def test_row_3_a_patch_that_is_validated_supersedes_nobody_yet(bench: Bench) -> None:
    former, waiting = bench.deployed(0), bench.create(1)
    bench.validate(0)
    patch = bench.create(0, "deployed")
    assert {each: bench.stands(patch, each) for each in Version} == {
        P: "deployed/validating",
        Z: "deployed/validating",
        T: "deployed/queued",
    }
    assert (bench.stands(former), bench.stands(waiting)) == ("deployed/queued", "staged/staged")


@pytest.mark.parametrize("version", [P, Z])
def test_row_4_what_passes_goes_on_to_its_target(bench: Bench, version: Version) -> None:
    bench.validate(0)
    made = bench.create(0)
    older = bench.miru.in_version(version)
    answer = older.post(f"/deployments/{made}/validate?expand[]=release", VALID)
    assert set(answer) == {"effect", "message", "deployment"}
    assert (answer["effect"], answer["deployment"]) == ("stage", older.get(f"/deployments/{made}?expand[]=release"))
    bench.act(made, "deploy")
    patch = bench.create(0, "deployed")
    assert older.post(f"/deployments/{patch}/validate", VALID)["effect"] == "deploy"
    assert (bench.stands(patch), bench.stands(made)) == ("deployed/queued", "archived/archived")


def test_row_4_a_pending_deployment_that_passes_still_waits_for_approval(bench: Bench) -> None:
    bench.validate(0)
    made = bench.create_pending(0)
    answer = bench.miru.in_version(P).post(f"/deployments/{made}/validate", VALID)
    assert (answer["effect"], answer["deployment"]["status"]) == ("stage", "pending")


def test_row_5_what_does_not_pass_is_archived_as_failed(bench: Bench) -> None:
    bench.validate(0)
    made = bench.create(0)
    answer = bench.miru.in_version(P).post(f"/deployments/{made}/validate", INVALID)
    assert (answer["effect"], answer["message"]) == ("reject", f"Deployment {made} was rejected by validation.")
    shown = answer["deployment"]
    assert (shown["status"], shown["activity_status"], shown["error_status"]) == ("failed", "archived", "failed")
    with nothing_changes(bench.miru.app):
        assert bench.miru.in_version(P).post(f"/deployments/{made}/validate", VALID)["effect"] == "none"


def test_row_6_what_may_not_be_made_any_more_is_void(bench: Bench) -> None:
    bench.deployed(0)
    bench.validate(0)
    patch = bench.create(0, "deployed")
    bench.deployed(1)
    answer = bench.miru.in_version(Z).post(f"/deployments/{patch}/validate", VALID)
    assert (answer["effect"], answer["deployment"]["status"]) == ("void", "archived")
    assert answer["deployment"]["error_status"] == "none"


def test_row_7_a_user_deploys_what_is_staged_and_again_without_effect(bench: Bench) -> None:
    made = bench.create()
    shown = bench.act(made, "deploy")
    assert (shown["target_status"], shown["activity_status"]) == ("deployed", "queued")
    with nothing_changes(bench.miru.app):
        assert bench.act(made, "deploy") == shown


def test_row_7_a_pending_deployment_takes_an_approval_or_a_caller_who_knows_of_none(bench: Bench) -> None:
    made = bench.create_pending()
    for version in (P, Z):
        refused(bench, made, "deploy", "deployment_not_approved", version)
    bench.act(made, "deploy")
    assert bench.stands(made, P) == "deployed/queued"


def test_row_7_what_is_over_or_superseded_is_not_deployed(bench: Bench) -> None:
    made = bench.create()
    bench.act(made, "archive")
    superseded = bench.deployed(0)
    bench.deployed(1)
    for each in (made, superseded):
        refused(bench, each, "deploy", "deployment_not_deployable")


def test_row_8_what_waits_drifts_when_the_device_gets_another(bench: Bench) -> None:
    waiting = bench.create(0)
    assert bench.miru.get(f"/deployments/{waiting}/drifts")["data"] == []
    others = [bench.deployed(1), bench.create(1, "deployed")]
    assert {each: bench.stands(waiting, each) for each in Version} == {
        P: "pending/pending",
        Z: "staged/needs_review",
        T: "staged/drifted",
    }
    refused(bench, waiting, "deploy", "deployment_drifted")
    refused(bench, waiting, "approve", "deployment_drifted")
    assert bench.miru.ids(f"/deployments/{waiting}/drifts") == [*reversed(others)]


def test_row_9_restaging_ends_the_drift(bench: Bench) -> None:
    waiting = bench.create_pending(0)
    refused(bench, waiting, "stage", "deployment_not_drifted")
    bench.deployed(1)
    assert bench.act(waiting, "stage")["activity_status"] == "staged"
    assert bench.stands(waiting, P) == "approved/approved"
    assert bench.miru.get(f"/deployments/{waiting}/drifts")["data"] == []
    assert bench.act(waiting, "deploy")["activity_status"] == "queued"


def test_row_10_what_waits_is_replaced_by_another_of_its_release_or_by_its_child(bench: Bench) -> None:
    drifted, staged = bench.create(0), bench.create(1)
    bench.deployed(2)
    bench.create(0)
    bench.create(0, parent_id=staged)
    assert (bench.stands(drifted), bench.stands(staged)) == ("archived/archived", "archived/archived")


def test_row_10_what_is_validated_replaces_only_once_it_has_passed(bench: Bench) -> None:
    staged = bench.create(0)
    bench.validate(0)
    made = bench.create(0)
    assert bench.stands(staged) == "staged/staged"
    bench.miru.in_version(P).post(f"/deployments/{made}/validate", VALID)
    assert bench.stands(staged) == "archived/archived"


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("call", ["archive", "reject"])
def test_row_11_a_user_archives_what_waits_and_again_without_effect(bench: Bench, version: Version, call: str) -> None:
    staged, drifted = bench.create_pending(0), bench.create(1)
    bench.deployed(2)
    for each in (staged, drifted):
        shown = bench.miru.in_version(version).post(f"/deployments/{each}/{call}")
        assert (shown["status"], shown["target_status"]) == ("archived", "archived")
    with nothing_changes(bench.miru.app):
        assert bench.act(staged, "archive")["status"] == "archived"


@pytest.mark.parametrize("version", [P, Z])
def test_row_11_before_tetons_what_is_validated_may_be_archived(bench: Bench, version: Version) -> None:
    bench.validate(0)
    made = bench.create(0)
    assert bench.miru.in_version(version).post(f"/deployments/{made}/archive")["status"] == "archived"


def test_row_11_what_is_delivered_is_not_archived(bench: Bench) -> None:
    made = bench.deployed()
    for call in ("archive", "reject"):
        refused(bench, made, call, "deployment_not_archivable")


def test_row_12_a_user_approves_what_is_pending(bench: Bench) -> None:
    made = bench.create_pending()
    assert bench.act(made, "approve")["status"] == "staged"
    assert bench.stands(made, P) == "approved/approved"
    assert bench.miru.in_version(P).post(f"/deployments/{made}/deploy")["status"] == "queued"
    refused(bench, made, "approve", "deployment_not_staged")


@pytest.mark.parametrize("version", [P, Z])
def test_row_23_what_a_deleted_device_had_is_archived(bench: Bench, version: Version) -> None:
    made = [bench.deployed(0), bench.create(1), bench.create_pending(2)]
    deleted = bench.miru.in_version(version).delete(f"/devices/{bench.device}")
    assert deleted == {"object": "device", "id": bench.device, "deleted": True}
    assert {bench.stands(each) for each in made} == {"archived/archived"}
    assert bench.miru.get(f"/deployments/{made[0]}?expand=device")["device"] is None
    for each in made:
        refused(bench, each, "deploy", "deployment_not_deployable")


# The call for verdicts (7.2)


def test_7_2_a_verdict_names_instances_of_the_deployment(bench: Bench) -> None:
    bench.validate(0)
    made = bench.create(0)
    told = {"message": "1 problem", "parameters": [{"message": "must be at least 0.8", "path": ["speed"]}]}

    def judge(instance: str) -> dict[str, object]:
        return {**INVALID, "config_instances": [{"id": instance, **told}]}

    older = bench.miru.in_version(P)
    with nothing_changes(bench.miru.app):
        answer = older.call("POST", f"/deployments/{made}/validate", judge("cfg_inst_none"))
    assert refusal(400, "invalid_reference", answer)["id"] == "cfg_inst_none"
    assert older.post(f"/deployments/{made}/validate", judge(bench.instance))["effect"] == "reject"


def test_7_2_what_a_verdict_says_is_shown_on_the_deployment_in_every_version(bench: Bench) -> None:
    bench.validate(0)
    made, unjudged = bench.create(), bench.create(1)
    found = [{"id": bench.instance, "message": "1 problem", "parameters": [{"message": "too fast", "path": ["speed"]}]}]
    verdict = {"is_valid": False, "message": "not at night", "config_instances": found}
    answered = bench.miru.in_version(P).post(f"/deployments/{made}/validate", verdict)["deployment"]
    said = {"message": "not at night", "config_instances": found}
    assert answered["validation"] == said
    for version in Version:
        miru = bench.miru.in_version(version)
        assert miru.get(f"/deployments/{made}")["validation"] == said
        (listed,) = miru.get(f"/deployments?id={made}")["data"]
        assert listed["validation"] == said
        assert "validation" not in miru.get(f"/deployments/{unjudged}")


@pytest.mark.parametrize("member", VALID)
def test_7_2_all_of_a_verdict_is_required(bench: Bench, member: str) -> None:
    bench.validate(0)
    made = bench.create(0)
    body = {name: value for name, value in VALID.items() if name != member}
    answer = bench.miru.in_version(P).call("POST", f"/deployments/{made}/validate", body)
    assert [fault["field"] for fault in refusal(400, "invalid_request", answer)["fields"]] == [member]


def test_7_2_a_verdict_on_what_is_not_validated_has_no_effect(bench: Bench) -> None:
    made = bench.create(0)
    with nothing_changes(bench.miru.app):
        answer = bench.miru.in_version(P).post(f"/deployments/{made}/validate", INVALID)
    assert (answer["effect"], answer["deployment"]["status"]) == ("none", "approved")
