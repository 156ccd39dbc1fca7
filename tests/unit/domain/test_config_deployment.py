"""The state machine of a config deployment: every row of miru contract 6.2, and what holds for every state."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_deployment import (
    Abandon,
    Activity,
    Approve,
    Archive,
    Command,
    ConfigDeployment,
    ConfigSlot,
    Decision,
    Deploy,
    HandOver,
    Judge,
    Lapse,
    Obstacle,
    Redeliver,
    Replace,
    Report,
    Restage,
    Supersede,
    Target,
    Trouble,
    begin,
    decide_config,
    drifts,
    effective_config,
    refuse_creation,
)
from sluiceway.domain.device_deployment import IGNORED
from sluiceway.domain.errors import ReleaseIsCurrent, ReleaseNotCurrent
from tests.support.app import NOW

LATER = NOW + timedelta(minutes=5)
SLOT = ConfigSlot(target="dpl_old", release="rls_old", given=3)
DRIFTED_FROM = replace(SLOT, given=4)
MADE = ConfigDeployment(
    "w", "dpl_new", "dvc", "rls_new", ("cfg_inst",), Target.STAGED, Activity.VALIDATING, created=NOW, updated=NOW
)
STAGED = begin(MADE, SLOT, NOW)
PATCH = replace(MADE, target=Target.DEPLOYED, release_id="rls_old")
QUEUED = begin(PATCH, SLOT, NOW)
HANDED = replace(QUEUED, handed_over=NOW)
DEPLOYED = replace(HANDED, activity=Activity.DEPLOYED, deployed=NOW)
LEAVING = replace(DEPLOYED, target=Target.ARCHIVED)
REMOVING = replace(LEAVING, activity=Activity.REMOVING)
ARCHIVED = replace(REMOVING, activity=Activity.ARCHIVED, archived=NOW)
DROPPED = replace(DEPLOYED, activity=Activity.ARCHIVED, archived=NOW)
AWAITED = replace(MADE, verdict_due=LATER)
STATES = [MADE, AWAITED, STAGED, PATCH, QUEUED, HANDED, DEPLOYED, LEAVING, REMOVING, ARCHIVED, DROPPED]
WAITING = [MADE, AWAITED, STAGED, PATCH]
FINE = Trouble.NONE


def after(deployment: ConfigDeployment, command: Command, slot: ConfigSlot = SLOT) -> ConfigDeployment:
    decision = decide_config(deployment, command, slot, LATER)
    assert isinstance(decision, ConfigDeployment), decision
    return decision


def stands(deployment: ConfigDeployment) -> tuple[Target, Activity]:
    return deployment.target, deployment.activity


# Rows of the table of transitions


def test_row_1_a_deployment_of_another_release_is_staged() -> None:
    assert stands(STAGED) == (Target.STAGED, Activity.STAGED)
    refuse_creation(SLOT, Target.STAGED, "dvc", "rls_new")
    refuse_creation(ConfigSlot(), Target.STAGED, "dvc", "rls_new")


def test_row_1_the_current_release_is_not_staged() -> None:
    with pytest.raises(ReleaseIsCurrent):
        refuse_creation(SLOT, Target.STAGED, "dvc", "rls_old")


def test_row_2_a_patch_of_the_current_release_is_queued() -> None:
    assert stands(QUEUED) == (Target.DEPLOYED, Activity.QUEUED)
    assert QUEUED.queued == NOW
    refuse_creation(SLOT, Target.DEPLOYED, "dvc", "rls_old")


@pytest.mark.parametrize("slot", [SLOT, ConfigSlot()])
def test_row_2_nothing_but_the_current_release_is_deployed_at_once(slot: ConfigSlot) -> None:
    with pytest.raises(ReleaseNotCurrent):
        refuse_creation(slot, Target.DEPLOYED, "dvc", "rls_new")


@pytest.mark.parametrize("deployment", [MADE, PATCH])
@pytest.mark.parametrize("command", [Approve(), Restage(), Deploy(approves=True), Archive(spares_validating=True)])
def test_row_3_a_user_waits_for_the_verdict(deployment: ConfigDeployment, command: Command) -> None:
    assert decide_config(deployment, command, SLOT, LATER) is Obstacle.VALIDATING


@pytest.mark.parametrize(("made", "then"), [(MADE, STAGED), (PATCH, QUEUED)])
def test_row_4_what_is_valid_goes_on_to_its_target(made: ConfigDeployment, then: ConfigDeployment) -> None:
    judged = after(made, Judge(is_valid=True, message="fine"))

    assert stands(judged) == stands(then)
    assert (judged.seen, judged.message, judged.error) == (then.seen, "fine", FINE)


@pytest.mark.parametrize("made", [MADE, PATCH])
def test_row_5_what_is_invalid_is_archived_as_failed(made: ConfigDeployment) -> None:
    judged = after(made, Judge(is_valid=False, message="too fast"))

    assert (*stands(judged), judged.error) == (Target.ARCHIVED, Activity.ARCHIVED, Trouble.FAILED)
    assert judged.message == "too fast"


@pytest.mark.parametrize(
    "command", [Lapse(), Judge(is_valid=True, message="fine"), Judge(is_valid=False, message="no")]
)
def test_row_6_what_nobody_judged_in_time_is_archived(command: Command) -> None:
    judged = after(AWAITED, command)

    assert (*stands(judged), judged.error) == (Target.ARCHIVED, Activity.ARCHIVED, FINE)
    assert judged.message.startswith("No verdict came")


@pytest.mark.parametrize(
    "deployment", [MADE, replace(MADE, verdict_due=LATER + timedelta(seconds=1)), begin(AWAITED, SLOT, NOW), ARCHIVED]
)
def test_row_6_nothing_else_lapses(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Lapse(), SLOT, LATER) is IGNORED


def test_a_verdict_in_time_counts() -> None:
    in_time = decide_config(AWAITED, Judge(is_valid=True, message=""), SLOT, LATER - timedelta(seconds=1))
    assert isinstance(in_time, ConfigDeployment)
    assert in_time.activity is Activity.STAGED


@pytest.mark.parametrize(
    ("made", "slot"), [(MADE, replace(SLOT, release="rls_new")), (PATCH, replace(SLOT, release="rls_other"))]
)
def test_row_6_what_may_not_be_made_any_more_is_archived(made: ConfigDeployment, slot: ConfigSlot) -> None:
    judged = after(made, Judge(is_valid=True, message=""), slot)

    assert (*stands(judged), judged.error) == (Target.ARCHIVED, Activity.ARCHIVED, FINE)


def test_row_7_a_user_deploys_what_is_staged() -> None:
    deployed = after(STAGED, Deploy(approves=False))

    assert stands(deployed) == (Target.DEPLOYED, Activity.QUEUED)
    assert deployed.queued == LATER


def test_row_7_what_is_not_approved_waits_unless_deploying_approves() -> None:
    pending = replace(STAGED, approved=False)

    assert decide_config(pending, Deploy(approves=False), SLOT, LATER) is Obstacle.NOT_APPROVED
    assert after(pending, Deploy(approves=True)).approved


@pytest.mark.parametrize("deployment", [QUEUED, HANDED, DEPLOYED])
def test_row_7_deploying_again_changes_nothing(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Deploy(approves=False), SLOT, LATER) is IGNORED


@pytest.mark.parametrize("deployment", [LEAVING, REMOVING, ARCHIVED, DROPPED])
def test_row_7_what_is_over_is_not_deployed(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Deploy(approves=True), SLOT, LATER) is Obstacle.NOT_DEPLOYABLE


def test_row_8_what_waits_while_the_device_is_given_another_one_drifts() -> None:
    drifted = effective_config(STAGED, DRIFTED_FROM)

    assert stands(drifted) == (Target.STAGED, Activity.DRIFTED)
    assert not drifted.approved
    assert decide_config(STAGED, Deploy(approves=True), DRIFTED_FROM, LATER) is Obstacle.DRIFTED


@pytest.mark.parametrize("deployment", [each for each in STATES if each is not STAGED])
def test_row_8_nothing_else_drifts(deployment: ConfigDeployment) -> None:
    assert effective_config(deployment, replace(SLOT, given=99)) == deployment


def test_row_9_restaging_ends_the_drift() -> None:
    restaged = after(replace(STAGED, approved=False), Restage(), DRIFTED_FROM)

    assert effective_config(restaged, DRIFTED_FROM).activity is Activity.STAGED
    assert restaged.approved
    assert decide_config(STAGED, Restage(), SLOT, LATER) is Obstacle.NOT_DRIFTED


@pytest.mark.parametrize("slot", [SLOT, DRIFTED_FROM])
def test_row_10_what_waits_is_replaced(slot: ConfigSlot) -> None:
    assert stands(after(STAGED, Replace(), slot)) == (Target.ARCHIVED, Activity.ARCHIVED)


@pytest.mark.parametrize("deployment", [each for each in STATES if each not in WAITING])
def test_row_10_a_parent_that_was_delivered_is_only_ancestry(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Replace(), SLOT, LATER) is IGNORED


@pytest.mark.parametrize("slot", [SLOT, DRIFTED_FROM])
def test_row_11_a_user_archives_what_waits(slot: ConfigSlot) -> None:
    archived = after(STAGED, Archive(spares_validating=True), slot)

    assert stands(archived) == (Target.ARCHIVED, Activity.ARCHIVED)
    assert archived.archived == LATER


def test_row_11_archiving_one_that_is_validated_is_up_to_the_surface() -> None:
    assert stands(after(MADE, Archive(spares_validating=False))) == (Target.ARCHIVED, Activity.ARCHIVED)


@pytest.mark.parametrize("deployment", [QUEUED, HANDED, DEPLOYED, LEAVING, REMOVING])
def test_row_11_what_was_delivered_is_not_archived(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Archive(spares_validating=True), SLOT, LATER) is Obstacle.NOT_ARCHIVABLE


def test_row_11_archiving_again_changes_nothing() -> None:
    assert decide_config(ARCHIVED, Archive(spares_validating=True), SLOT, LATER) is IGNORED


def test_row_12_a_user_approves_what_is_staged_once() -> None:
    approved = after(replace(STAGED, approved=False), Approve())

    assert (approved.approved, *stands(approved)) == (True, *stands(STAGED))
    assert decide_config(approved, Approve(), SLOT, LATER) is IGNORED
    assert decide_config(STAGED, Approve(), DRIFTED_FROM, LATER) is Obstacle.DRIFTED
    assert decide_config(DEPLOYED, Approve(), SLOT, LATER) is Obstacle.NOT_STAGED


def test_row_13_the_device_says_that_it_is_deployed() -> None:
    said = NOW + timedelta(minutes=1)
    deployed = after(HANDED, Report(Activity.DEPLOYED, FINE, deployed=said))

    assert stands(deployed) == (Target.DEPLOYED, Activity.DEPLOYED)
    assert deployed.deployed == said


@pytest.mark.parametrize("said", [None, NOW - timedelta(seconds=1), LATER + timedelta(seconds=1)])
def test_row_13_a_time_that_cannot_be_is_ours_instead(said: datetime | None) -> None:
    assert after(HANDED, Report(Activity.DEPLOYED, FINE, deployed=said)).deployed == LATER


def test_row_14_what_the_device_never_saw_is_over_when_superseded() -> None:
    assert stands(after(QUEUED, Supersede())) == (Target.ARCHIVED, Activity.ARCHIVED)


def test_row_15_what_the_device_may_have_waits_for_its_word() -> None:
    assert stands(after(HANDED, Supersede())) == (Target.ARCHIVED, Activity.QUEUED)


def test_row_16_what_the_device_has_waits_for_its_removal() -> None:
    assert stands(after(DEPLOYED, Supersede())) == (Target.ARCHIVED, Activity.DEPLOYED)


def test_row_17_the_device_says_that_it_removes_it() -> None:
    assert stands(after(LEAVING, Report(Activity.REMOVING, FINE))) == (Target.ARCHIVED, Activity.REMOVING)


@pytest.mark.parametrize("deployment", [after(HANDED, Supersede()), LEAVING, REMOVING])
def test_row_18_the_device_says_that_it_is_gone(deployment: ConfigDeployment) -> None:
    said = NOW + timedelta(minutes=1)
    archived = after(deployment, Report(Activity.ARCHIVED, FINE, archived=said))

    assert stands(archived) == (Target.ARCHIVED, Activity.ARCHIVED)
    assert (archived.archived, archived.is_live) == (said, False)


@pytest.mark.parametrize(
    ("deployment", "said"),
    [(HANDED, Activity.QUEUED), (HANDED, Activity.DEPLOYED), (LEAVING, Activity.REMOVING), (DEPLOYED, Activity.QUEUED)],
)
def test_row_19_the_device_tries_again(deployment: ConfigDeployment, said: Activity) -> None:
    assert after(deployment, Report(said, Trouble.RETRYING)).error is Trouble.RETRYING


def test_row_20_trouble_ends_with_the_target_and_not_before() -> None:
    troubled = replace(HANDED, error=Trouble.RETRYING)

    assert decide_config(troubled, Report(Activity.QUEUED, FINE), SLOT, LATER) is IGNORED
    assert after(troubled, Report(Activity.DEPLOYED, FINE)).error is FINE


@pytest.mark.parametrize("deployment", [QUEUED, HANDED, DEPLOYED, LEAVING, REMOVING])
def test_row_21_what_fails_is_over(deployment: ConfigDeployment) -> None:
    failed = after(deployment, Report(Activity.QUEUED, Trouble.FAILED))

    assert (*stands(failed), failed.error) == (Target.ARCHIVED, Activity.ARCHIVED, Trouble.FAILED)


def test_row_21_a_failed_target_leaves_the_slot_empty() -> None:
    slot = SLOT.holding(HANDED)

    assert (slot.target, slot.release, slot.given) == ("dpl_new", "rls_old", 4)
    assert slot.without(HANDED) == ConfigSlot(given=4, choice=slot.choice)
    assert SLOT.without(HANDED) == SLOT


@pytest.mark.parametrize("deployment", [QUEUED, HANDED, DEPLOYED])
def test_row_22_the_target_of_a_device_that_starts_anew_is_delivered_again(deployment: ConfigDeployment) -> None:
    again = after(deployment, Redeliver())

    assert stands(again) == (Target.DEPLOYED, Activity.QUEUED)
    assert again.handed_over is None
    assert stands(after(again, Supersede())) == (Target.ARCHIVED, Activity.ARCHIVED)


@pytest.mark.parametrize("deployment", [QUEUED, HANDED, DEPLOYED, DROPPED])
def test_row_22_the_trouble_of_the_former_machine_is_over(deployment: ConfigDeployment) -> None:
    troubled = replace(deployment, error=Trouble.RETRYING)

    assert after(troubled, Redeliver()).error is FINE


@pytest.mark.parametrize("deployment", [after(HANDED, Supersede()), LEAVING, REMOVING])
def test_row_22_what_it_was_to_remove_is_gone_with_it(deployment: ConfigDeployment) -> None:
    assert stands(after(deployment, Redeliver())) == (Target.ARCHIVED, Activity.ARCHIVED)


@pytest.mark.parametrize("deployment", [*WAITING, ARCHIVED])
def test_row_22_what_was_never_delivered_stays(deployment: ConfigDeployment) -> None:
    assert decide_config(deployment, Redeliver(), SLOT, LATER) is IGNORED


@pytest.mark.parametrize("deployment", [each for each in STATES if each.is_live])
def test_row_23_a_deleted_device_has_nothing_live(deployment: ConfigDeployment) -> None:
    assert stands(after(deployment, Abandon())) == (Target.ARCHIVED, Activity.ARCHIVED)


# Beyond the rows


@pytest.mark.parametrize("said", [Activity.STAGED, Activity.DRIFTED, Activity.VALIDATING, Activity.QUEUED])
def test_a_device_never_moves_backwards(said: Activity) -> None:
    assert decide_config(DEPLOYED, Report(said, FINE), SLOT, LATER) is IGNORED


def test_a_device_does_not_remove_what_it_is_to_have() -> None:
    assert decide_config(DEPLOYED, Report(Activity.REMOVING, FINE), SLOT, LATER) is IGNORED


def test_a_device_may_have_dropped_what_it_is_to_have() -> None:
    assert stands(after(DEPLOYED, Report(Activity.ARCHIVED, FINE))) == (Target.DEPLOYED, Activity.ARCHIVED)


def test_a_device_deploys_what_was_superseded_meanwhile() -> None:
    left = after(HANDED, Supersede())

    assert stands(after(left, Report(Activity.DEPLOYED, FINE))) == (Target.ARCHIVED, Activity.DEPLOYED)


@pytest.mark.parametrize("deployment", [*WAITING, ARCHIVED])
@pytest.mark.parametrize("error", list(Trouble))
def test_a_device_says_nothing_of_what_it_does_not_have(deployment: ConfigDeployment, error: Trouble) -> None:
    assert decide_config(deployment, Report(Activity.DEPLOYED, error), SLOT, LATER) is IGNORED


def test_it_is_handed_over_once_and_only_on_its_way() -> None:
    assert after(QUEUED, HandOver()).handed_over == LATER
    assert after(replace(QUEUED, activity=Activity.DEPLOYED), HandOver()).handed_over == LATER
    for deployment in (each for each in STATES if each is not QUEUED):
        assert decide_config(deployment, HandOver(), SLOT, LATER) is IGNORED


def test_the_drifts_are_what_the_device_was_given_since() -> None:
    earlier, first, second = (
        replace(QUEUED, id="earlier", seen=3),
        replace(QUEUED, id="first", seen=4),
        replace(ARCHIVED, id="second", seen=5),
    )
    never_given = replace(STAGED, id="staged", seen=9)

    assert drifts(STAGED, [first, earlier, never_given, second]) == [second, first]


MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda moment: moment.replace(tzinfo=NOW.tzinfo)
)
REPORTS = st.builds(
    Report, st.sampled_from(Activity), st.sampled_from(Trouble), st.none() | MOMENTS, st.none() | MOMENTS
)
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(Judge, st.booleans(), st.just("")),
    st.builds(Deploy, st.booleans()),
    st.builds(Archive, st.booleans()),
    REPORTS,
    st.sampled_from([Lapse(), Approve(), Restage(), Replace(), Supersede(), HandOver(), Redeliver(), Abandon()]),
)
SLOTS = st.builds(
    ConfigSlot,
    st.sampled_from(["", "dpl_old", "dpl_new"]),
    st.sampled_from(["", "rls_old", "rls_new"]),
    st.integers(3, 6),
)
FORWARD = {target: position for position, target in enumerate(Target)}


@given(st.sampled_from(STATES), st.lists(st.tuples(COMMANDS, SLOTS, MOMENTS), max_size=12))
def test_a_target_moves_forward_only_and_what_is_over_stays_so(
    deployment: ConfigDeployment, history: list[tuple[Command, ConfigSlot, datetime]]
) -> None:
    for command, slot, moment in history:
        decision: Decision = decide_config(deployment, command, slot, moment)
        assert deployment.is_live or not isinstance(decision, ConfigDeployment)
        if isinstance(decision, ConfigDeployment):
            assert FORWARD[decision.target] >= FORWARD[deployment.target]
            assert decision.activity is not Activity.DRIFTED
            assert decision.is_live or decision.archived is not None
            assert (decision.activity is Activity.STAGED) <= (decision.target is Target.STAGED)
            assert decision.updated == moment
            deployment = decision


@given(st.sampled_from(STATES), COMMANDS, SLOTS)
def test_who_and_what_a_deployment_is_for_never_changes(
    deployment: ConfigDeployment, command: Command, slot: ConfigSlot
) -> None:
    fixed = {field.name for field in fields(ConfigDeployment)} & {
        "workspace", "id", "device_id", "release_id", "instance_ids", "created", "parent_id", "description", "rev"
    }  # fmt: skip
    decision = decide_config(deployment, command, slot, LATER)
    if isinstance(decision, ConfigDeployment):
        assert all(getattr(decision, name) == getattr(deployment, name) for name in fixed)


@given(st.sampled_from(STATES), REPORTS)
def test_the_same_report_again_changes_nothing(deployment: ConfigDeployment, report: Report) -> None:
    decision = decide_config(deployment, report, SLOT, LATER)
    if isinstance(decision, ConfigDeployment):
        assert decide_config(decision, report, SLOT, LATER + timedelta(minutes=1)) is IGNORED
