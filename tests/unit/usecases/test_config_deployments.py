"""Config deployments over the store: who takes whose place, who is told, and what races leave (miru contract 6)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.local.config_device_client import signed_claims
from sluiceway.domain.config_deployment import (
    Activity,
    Approve,
    Archive,
    ConfigDeployment,
    Deploy,
    Judge,
    Obstacle,
    Report,
    Restage,
    Target,
    Trouble,
)
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.errors import (
    InstancesMismatch,
    Invalid,
    InvalidField,
    InvalidReference,
    NoSuchRecord,
    NotTransferable,
    ReleaseIsCurrent,
    ReleaseNotCurrent,
    Unauthenticated,
    WrongState,
)
from sluiceway.storage.table import Item, Key
from sluiceway.usecases import config_records
from sluiceway.usecases.config_deployments import (
    Effect,
    change_config_deployment,
    drifts_of,
    judge_config_deployment,
)
from sluiceway.usecases.config_device_tokens import SignedClaims, token_for_claims
from sluiceway.usecases.config_devices import delete_config_device, get_config_device
from sluiceway.usecases.config_lists import find_config_deployments, load_config_deployments, newest_deployments
from sluiceway.usecases.config_records import Reach
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.config_sessions import open_config_session
from sluiceway.usecases.config_state import ConfigState, find_config_state, load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.create_config_deployment import create_config_deployment
from sluiceway.usecases.create_config_instances import NewConfigInstance
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.config_agents import activate, device_key
from tests.support.configs import Catalogue
from tests.support.faults import FaultyTable, Schedule
from tests.unit.usecases.stores import WORKSPACE, before_call, over

VALID = Judge(is_valid=True, message="")


@pytest.fixture(name="catalogue")
def _catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(name="device")
def _device(catalogue: Catalogue) -> ConfigDevice:
    return catalogue.device()


def releases(catalogue: Catalogue, count: int) -> list[ConfigRelease]:
    schema = catalogue.schema()
    return [catalogue.release(schema, version=f"v{number}") for number in range(count)]


def stands(catalogue: Catalogue, deployment: ConfigDeployment) -> tuple[Target, Activity]:
    now = catalogue.current(deployment)
    return now.target, now.activity


ARCHIVED = (Target.ARCHIVED, Activity.ARCHIVED)
STAGED = (Target.STAGED, Activity.STAGED)
DRIFTED = (Target.STAGED, Activity.DRIFTED)
QUEUED = (Target.DEPLOYED, Activity.QUEUED)


def test_staging_again_archives_what_was_staged_for_the_same_release(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    first, second = releases(catalogue, 2)
    earlier, beside = catalogue.deployment(device, first), catalogue.deployment(device, second)
    elsewhere = catalogue.deployment(catalogue.device(), first)

    later = catalogue.deployment(device, first)

    assert stands(catalogue, earlier) == ARCHIVED
    assert [stands(catalogue, each) for each in (beside, elsewhere, later)] == [STAGED] * 3


def test_a_parent_that_waits_makes_room_and_one_that_does_not_stays(catalogue: Catalogue, device: ConfigDevice) -> None:
    first, second, third = releases(catalogue, 3)
    on_device = catalogue.deployed(device, first)
    parent = catalogue.deployment(device, second)
    catalogue.deployment(device, third, parent_id=parent.id)
    child = catalogue.deployment(device, second, parent_id=on_device.id)

    assert stands(catalogue, parent) == ARCHIVED
    assert stands(catalogue, on_device) == QUEUED
    assert child.parent_id == on_device.id


def test_a_deployment_that_becomes_the_target_makes_the_others_drift(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    first, second, third = releases(catalogue, 3)
    waiting, elsewhere = catalogue.deployment(device, first), catalogue.deployment(catalogue.device(), first)
    deployed = catalogue.deployed(device, second)
    patch = catalogue.deployment(device, second, Target.DEPLOYED)

    assert (stands(catalogue, waiting), stands(catalogue, elsewhere)) == (DRIFTED, STAGED)
    assert stands(catalogue, deployed) == ARCHIVED, "the device had not seen it"
    assert [each.id for each in drifts_of(catalogue.service, WORKSPACE, waiting.id)] == [patch.id, deployed.id]
    assert stands(catalogue, catalogue.deployment(device, third)) == STAGED
    catalogue.change(waiting, Restage())
    assert stands(catalogue, waiting) == STAGED
    assert drifts_of(catalogue.service, WORKSPACE, waiting.id) == []


def test_lists_show_the_drift_of_each_device_by_its_own_slot(catalogue: Catalogue) -> None:
    first, second = releases(catalogue, 2)
    devices = [catalogue.device() for _ in range(3)]
    waiting = [catalogue.deployment(each, first) for each in devices]
    catalogue.deployed(devices[1], second)

    found = {each.id: each for each in find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)}

    assert [found[each.id].activity for each in waiting] == [Activity.STAGED, Activity.DRIFTED, Activity.STAGED]
    assert [found[each.id].approved for each in waiting] == [True, False, True]
    drifted = find_config_deployments(catalogue.service, WORKSPACE, lambda each: each.activity is Activity.DRIFTED)
    assert [each.id for each in drifted] == [waiting[1].id]


def test_the_entries_of_a_list_agree_with_what_is_read_one_by_one(catalogue: Catalogue, device: ConfigDevice) -> None:
    made = [catalogue.deployment(device, each, description=each.version) for each in releases(catalogue, 4)]
    catalogue.change(made[0], Deploy(approves=True))
    catalogue.change(made[1], Archive(spares_validating=True))
    listed = find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)
    assert load_config_deployments(catalogue.service, listed) == [catalogue.current(each) for each in made]


def test_a_page_is_whole_when_a_deployment_ends_while_it_is_read(catalogue: Catalogue, device: ConfigDevice) -> None:
    (release,) = releases(catalogue, 1)
    made = catalogue.deployment(device, release, description="for the night")
    listed = find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)
    catalogue.change(made, Archive(spares_validating=True))

    (shown,) = load_config_deployments(catalogue.service, listed)

    assert (shown.description, shown.instance_ids) == ("for the night", made.instance_ids)
    assert shown.activity is Activity.STAGED


def test_an_instance_is_where_its_newest_deployment_is(catalogue: Catalogue) -> None:
    (release,) = releases(catalogue, 1)
    first, second = catalogue.device(), catalogue.device()
    earlier = catalogue.deployment(first, release)
    (instance_id,) = earlier.instance_ids
    later = catalogue.deployment(second, release, instance_ids=(instance_id,))

    def newest() -> ConfigDeployment:
        return newest_deployments(catalogue.service, WORKSPACE, [instance_id, "cfg_inst_unused"])[instance_id]

    assert newest() == catalogue.current(later)
    catalogue.change(later, Archive(spares_validating=True))
    assert newest() == catalogue.current(later)
    assert set(newest_deployments(catalogue.service, WORKSPACE, [instance_id, "x"])) == {instance_id}


def one_by_one(service: Service, schedule: Schedule) -> Service:
    """The same stores, where a batch is no moment: its items are read one after the other, as on DynamoDB."""
    return replace(service, table=OneByOne(service.table, schedule))


class OneByOne(FaultyTable):
    """Asks the schedule before each item of a batch, and reads the last one first."""

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return {key: item for key in reversed(keys) if (item := self.get(key)) is not None}


@pytest.mark.parametrize("call", range(4))
def test_an_instance_is_where_its_deployment_is_whenever_that_ends(catalogue: Catalogue, call: int) -> None:
    made = catalogue.deployment(catalogue.device(), catalogue.release())
    (instance_id,) = made.instance_ids
    archiving = before_call(call, lambda: catalogue.change(made, Archive(spares_validating=True)))

    found = newest_deployments(one_by_one(catalogue.service, archiving), WORKSPACE, [instance_id])

    assert found[instance_id].id == made.id


# Looking for some of them


def test_what_is_looked_for_by_id_or_device_stands_as_the_list_has_it(catalogue: Catalogue) -> None:
    first, second = releases(catalogue, 2)
    devices = [catalogue.device() for _ in range(3)]
    made = [catalogue.deployment(each, first) for each in devices]
    catalogue.change(made[1], Archive(spares_validating=True))
    made += [catalogue.deployed(devices[0], second), catalogue.deployment(devices[1], second)]
    by_id = {each.id: catalogue.current(each) for each in made}

    def found(ids: set[str] | None = None, device_ids: set[str] | None = None) -> list[ConfigDeployment]:
        return find_config_deployments(catalogue.service, WORKSPACE, ids=ids, device_ids=device_ids)

    assert [each.id for each in found()] == sorted(by_id), "ids are counted, and all were made at once"
    nobody = {"", "x" * 300, "dpl_x", "a#b"}
    assert found(ids={made[0].id, made[1].id, *nobody}) == [by_id[made[0].id], by_id[made[1].id]]
    assert found(device_ids={devices[0].id, devices[1].id, *nobody}) == [
        by_id[made[index].id] for index in (0, 1, 3, 4)
    ]
    assert found(ids=set()) == found(device_ids=nobody) == []
    only_archived = lambda each: each.target is Target.ARCHIVED  # noqa: E731
    assert len(find_config_deployments(catalogue.service, WORKSPACE, only_archived, ids=by_id)) == 1


@pytest.mark.parametrize("call", range(2))
def test_a_deployment_of_a_device_is_found_whenever_it_ends(catalogue: Catalogue, call: int) -> None:
    made = catalogue.deployment(catalogue.device(), catalogue.release())
    archiving = before_call(call, lambda: catalogue.change(made, Archive(spares_validating=True)))
    service = over(catalogue.service, archiving)
    found = find_config_deployments(service, WORKSPACE, lambda _: True, device_ids=[made.device_id])
    assert [each.id for each in found] == [made.id]


def test_more_than_can_be_looked_through_are_found_by_id_or_device_only(
    catalogue: Catalogue, device: ConfigDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 2)
    made = [catalogue.deployment(device, each) for each in releases(catalogue, 2)]
    assert len(find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)) == 2
    made.append(catalogue.deployment(catalogue.device(), catalogue.release()))
    with pytest.raises(Invalid, match="more than 2 to look through: name those that are meant by id or device_id"):
        find_config_deployments(catalogue.service, WORKSPACE, lambda _: False)
    for ids, device_ids in (([made[2].id], None), (None, [made[2].device_id])):
        found = find_config_deployments(catalogue.service, WORKSPACE, ids=ids, device_ids=device_ids)
        assert [each.id for each in found] == [made[2].id]


def test_all_deployments_are_listed_as_far_as_a_page_reaches(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 2)
    service, reach, release = catalogue.service, Reach(2, from_newest=True), catalogue.release()
    drafts = [catalogue.draft(catalogue.device(), release) for _ in range(3)]
    made = [
        create_config_deployment(service, WORKSPACE, draft, NOW + timedelta(day)).id for day, draft in enumerate(drafts)
    ]
    with pytest.raises(Invalid, match="more than 2 to look through"):
        find_config_deployments(service, WORKSPACE, lambda _: True, reach=reach)
    assert [each.id for each in find_config_deployments(service, WORKSPACE, reach=reach)] == [made[2], made[1]]


# Creating


def test_the_current_release_is_patched_and_any_other_is_staged(catalogue: Catalogue, device: ConfigDevice) -> None:
    first, second = releases(catalogue, 2)
    with pytest.raises(ReleaseNotCurrent):
        catalogue.deployment(device, first, Target.DEPLOYED)
    catalogue.deployed(device, first)
    with pytest.raises(ReleaseNotCurrent):
        catalogue.deployment(device, second, Target.DEPLOYED)
    with pytest.raises(ReleaseIsCurrent) as refused:
        catalogue.deployment(device, first)
    assert (refused.value.device_id, refused.value.release_id) == (device.id, first.id)


def test_every_schema_of_the_release_has_exactly_one_instance(catalogue: Catalogue, device: ConfigDevice) -> None:
    one, other, foreign = catalogue.schema(), catalogue.schema(), catalogue.schema()
    release = catalogue.release(one, other)
    instances = {schema.id: catalogue.instance(of=schema).id for schema in (one, other, foreign)}
    given = (instances[one.id], instances[one.id], instances[foreign.id])

    with pytest.raises(InstancesMismatch) as refused:
        catalogue.deployment(device, release, instance_ids=given)

    mismatch = refused.value
    assert (mismatch.missing, mismatch.duplicate, mismatch.unexpected) == ((other.id,), (one.id,), (foreign.id,))


def test_instances_that_share_a_file_are_refused_before_any_is_stored(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    schemas = catalogue.schema(), catalogue.schema()
    release = catalogue.release(*schemas)
    new = tuple(
        NewConfigInstance(schema.id, "{}", relative_filepath=path)
        for schema, path in zip(schemas, ("v1/a.json", "/v1//a.json"), strict=True)
    )
    with pytest.raises(InvalidField) as refused:
        catalogue.deployment(device, release, new_instances=new)
    assert refused.value.field == "new_config_instances"
    assert find_config_deployments(catalogue.service, WORKSPACE, lambda _: True) == []


@pytest.mark.parametrize("hostile", ["", "x", "a#D", "%00", "x" * 300, "é"])
def test_what_does_not_exist_is_named_with_the_member_that_says_it(
    catalogue: Catalogue, device: ConfigDevice, hostile: str
) -> None:
    (release,) = releases(catalogue, 1)
    good = catalogue.draft(device, release)
    inline = replace(good, instance_ids=(), new_instances=())
    for field, new in (
        ("release_id", replace(good, release_id=hostile)),
        ("device_id", replace(good, device_id=hostile)),
        ("config_instance_ids", replace(good, instance_ids=(hostile,))),
        ("config_schema_id", replace(inline, new_instances=(NewConfigInstance(hostile, "{}"),))),
        *((("parent_id", replace(good, parent_id=hostile)),) if hostile else ()),
        *((("patch_source_id", replace(inline, parent_id=hostile)),) if hostile else ()),
    ):
        with pytest.raises(InvalidReference) as refused:
            create_config_deployment(catalogue.service, WORKSPACE, new, NOW)
        assert (refused.value.field, refused.value.identifier) == (field, hostile)


def test_a_parent_is_of_the_same_device(catalogue: Catalogue, device: ConfigDevice) -> None:
    (release,) = releases(catalogue, 1)
    foreign = catalogue.deployment(catalogue.device(), release)
    with pytest.raises(InvalidReference):
        catalogue.deployment(device, release, parent_id=foreign.id)


def test_schemas_without_a_new_instance_take_over_the_parents_own(catalogue: Catalogue, device: ConfigDevice) -> None:
    kept, changed = catalogue.schema(), catalogue.schema()
    first, second = (catalogue.release(kept, changed, version=version) for version in ("v1", "v2"))
    parent = catalogue.deployment(device, first)
    new = (NewConfigInstance(changed.id, '{"speed": 2}', relative_filepath="a.json"),)

    child = catalogue.deployment(device, second, new_instances=new, parent_id=parent.id)

    assert child.instance_ids[0] == parent.instance_ids[0]
    assert child.instance_ids[1] not in parent.instance_ids
    assert stands(catalogue, parent) == ARCHIVED


def test_what_has_no_instance_of_a_schema_gives_none(catalogue: Catalogue, device: ConfigDevice) -> None:
    kept, added = catalogue.schema(), catalogue.schema()
    parent = catalogue.deployment(device, catalogue.release(kept, version="v1"))
    release = catalogue.release(kept, added, version="v2")
    for parent_id in ("", parent.id):
        with pytest.raises(InstancesMismatch) as refused:
            catalogue.deployment(device, release, new_instances=(), parent_id=parent_id)
        assert refused.value.missing == ((added.id,) if parent_id else (kept.id, added.id))


def test_nothing_is_taken_over_from_an_archived_deployment(catalogue: Catalogue, device: ConfigDevice) -> None:
    first, second = releases(catalogue, 2)
    parent = catalogue.deployment(device, first)
    catalogue.change(parent, Archive(spares_validating=True))
    with pytest.raises(NotTransferable):
        catalogue.deployment(device, second, new_instances=(), parent_id=parent.id)


# Validation


def validated(catalogue: Catalogue, release: ConfigRelease) -> ConfigRelease:
    return set_custom_validation(catalogue.service, WORKSPACE, release.id, NOW, custom=True)


def judge(catalogue: Catalogue, deployment: ConfigDeployment, verdict: Judge = VALID) -> Effect:
    effect, after = judge_config_deployment(catalogue.service, WORKSPACE, deployment.id, verdict, NOW)
    assert after == replace(catalogue.current(deployment), rev=after.rev)
    return effect


def test_what_is_validated_takes_its_place_when_it_has_passed(catalogue: Catalogue, device: ConfigDevice) -> None:
    first, second = releases(catalogue, 2)
    staged = catalogue.deployment(device, first)
    validated(catalogue, first)
    waiting = catalogue.deployment(device, first)
    replaced = waiting
    waiting = catalogue.deployment(device, first, parent_id=staged.id)

    assert stands(catalogue, replaced) == ARCHIVED, "one at most is validated"
    assert (stands(catalogue, staged), stands(catalogue, waiting)) == (STAGED, (Target.STAGED, Activity.VALIDATING))
    assert judge(catalogue, waiting) is Effect.STAGE
    assert (stands(catalogue, staged), stands(catalogue, waiting)) == (ARCHIVED, STAGED)
    assert judge(catalogue, waiting) is Effect.NONE
    assert judge(catalogue, catalogue.deployment(device, second)) is Effect.NONE


def test_what_does_not_pass_leaves_everything_else_as_it_was(catalogue: Catalogue, device: ConfigDevice) -> None:
    (first,) = releases(catalogue, 1)
    staged = catalogue.deployment(device, first)
    validated(catalogue, first)
    waiting = catalogue.deployment(device, first)
    assert judge(catalogue, waiting, Judge(is_valid=False, message="too fast")) is Effect.REJECT
    assert (stands(catalogue, staged), stands(catalogue, waiting)) == (STAGED, ARCHIVED)
    assert catalogue.current(waiting).error is Trouble.FAILED


def test_a_patch_that_passes_is_deployed_and_one_that_comes_too_late_is_void(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    first, second = releases(catalogue, 2)
    former = catalogue.deployed(device, first)
    validated(catalogue, first)
    patch = catalogue.deployment(device, first, Target.DEPLOYED)
    assert stands(catalogue, former) == QUEUED
    assert judge(catalogue, patch) is Effect.DEPLOY
    assert (stands(catalogue, former), stands(catalogue, patch)) == (ARCHIVED, QUEUED)
    late = catalogue.deployment(device, first, Target.DEPLOYED)
    catalogue.deployed(device, second)
    assert judge(catalogue, late) is Effect.VOID
    assert (stands(catalogue, late), catalogue.current(late).error) == (ARCHIVED, Trouble.NONE)


def archive(catalogue: Catalogue, deployment: ConfigDeployment) -> str:
    """Archive it, and return whose it is."""
    return catalogue.change(deployment, Archive(spares_validating=True)).device_id


def live(catalogue: Catalogue, device_id: str) -> set[str]:
    return {*load_config_state(catalogue.service, WORKSPACE, device_id).live}


def test_row_3_a_patch_leaves_an_earlier_one_to_its_own_verdict(catalogue: Catalogue, device: ConfigDevice) -> None:
    (release,) = releases(catalogue, 1)
    catalogue.deployed(device, release)
    validated(catalogue, release)
    earlier, later = (catalogue.deployment(device, release, Target.DEPLOYED) for _ in range(2))

    assert stands(catalogue, earlier) == stands(catalogue, later) == (Target.DEPLOYED, Activity.VALIDATING)
    assert judge(catalogue, later, Judge(is_valid=False, message="")) is Effect.REJECT
    assert judge(catalogue, earlier) is Effect.DEPLOY


# Races, one by one


def test_a_deployment_that_somebody_archives_first_is_not_deployed(catalogue: Catalogue, device: ConfigDevice) -> None:
    (release,) = releases(catalogue, 1)
    made = catalogue.deployment(device, release)
    archive_first = before_call(2, lambda: catalogue.change(made, Archive(spares_validating=True)))
    service = over(catalogue.service, archive_first)
    with pytest.raises(WrongState) as refused:
        change_config_deployment(service, WORKSPACE, made.id, Deploy(approves=True), NOW)
    assert refused.value.obstacle is Obstacle.NOT_DEPLOYABLE
    assert get_config_device(catalogue.service, WORKSPACE, device.id).slot.target == ""


def test_an_approval_that_meets_a_drift_does_not_end_it(catalogue: Catalogue, device: ConfigDevice) -> None:
    first, second = releases(catalogue, 2)
    pending = catalogue.deployment(device, first, approved=False)
    service = over(catalogue.service, before_call(2, lambda: catalogue.deployed(device, second)))
    change_config_deployment(service, WORKSPACE, pending.id, Approve(), NOW)
    now = catalogue.current(pending)
    assert (now.activity, now.approved) == (Activity.DRIFTED, False)


def test_no_deployment_is_made_for_a_device_that_is_deleted_meanwhile(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    (release,) = releases(catalogue, 1)
    new = catalogue.draft(device, release)
    the_write = 4
    delete_first = before_call(the_write, lambda: delete_config_device(catalogue.service, WORKSPACE, device.id, NOW))
    with pytest.raises(InvalidReference):
        create_config_deployment(over(catalogue.service, delete_first), WORKSPACE, new, NOW)
    state = find_config_state(catalogue.service, WORKSPACE, device.id)
    assert state is not None
    assert (state.device.is_deleted, state.live) == (True, {})


# Devices


def connected(catalogue: Catalogue, device: ConfigDevice, number: int = 0) -> ConfigState:
    """Activate a device with the key of a number, and let it call."""
    activate(catalogue.service, WORKSPACE, device.id, number)
    return load_config_state(catalogue.service, WORKSPACE, device.id)


def told_of(catalogue: Catalogue, deployment: ConfigDeployment) -> ConfigState:
    state = load_config_state(catalogue.service, WORKSPACE, deployment.device_id)
    hand_over(catalogue.service, state, deployments_at(state, [Activity.QUEUED]), NOW)
    return load_config_state(catalogue.service, WORKSPACE, deployment.device_id)


def test_row_19_trouble_with_what_was_superseded_does_not_make_it_the_target_again(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    first, second = releases(catalogue, 2)
    superseded = catalogue.deployed(device, first)
    told_of(catalogue, superseded)
    target = catalogue.deployed(device, second)
    state = load_config_state(catalogue.service, WORKSPACE, device.id)

    shown = report_config(catalogue.service, state, superseded.id, Report(Activity.QUEUED, Trouble.RETRYING), NOW)

    assert (shown.target, shown.error) == (Target.ARCHIVED, Trouble.RETRYING)
    assert get_config_device(catalogue.service, WORKSPACE, device.id).slot.target == target.id


@pytest.mark.parametrize("error", [Trouble.NONE, Trouble.FAILED])
def test_row_22_what_the_former_machine_reports_in_flight_does_not_undo_the_redelivery(
    catalogue: Catalogue, device: ConfigDevice, error: Trouble
) -> None:
    made = catalogue.deployed(connected(catalogue, device).device, catalogue.release())
    state = told_of(catalogue, made)
    service = over(catalogue.service, before_call(0, lambda: connected(catalogue, device, 1)))
    with pytest.raises(Unauthenticated):
        report_config(service, state, made.id, Report(Activity.DEPLOYED, error), NOW)
    assert (stands(catalogue, made), catalogue.current(made).handed_over) == (QUEUED, None)


def test_row_22_the_former_machine_takes_over_nothing_that_the_present_one_has_not_seen(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    made = catalogue.deployed(connected(catalogue, device).device, catalogue.release())
    state = load_config_state(catalogue.service, WORKSPACE, device.id)
    service = over(catalogue.service, before_call(0, lambda: connected(catalogue, device, 1)))
    with pytest.raises(Unauthenticated):
        hand_over(service, state, deployments_at(state, [Activity.QUEUED]), NOW)
    assert catalogue.current(made).handed_over is None


@pytest.mark.parametrize("call", range(1, 4))
def test_no_token_of_a_machines_successor_is_given_for_what_the_machine_itself_signed(
    catalogue: Catalogue, device: ConfigDevice, call: int
) -> None:
    connected(catalogue, device)
    expires = NOW + timedelta(minutes=2)
    signature = signed_claims(device_key(0), device.id, "once", expires)["signature"]
    claims = SignedClaims(device.id, "once", expires, signature)
    service = one_by_one(catalogue.service, before_call(call, lambda: connected(catalogue, device, 1)))
    with pytest.raises(Unauthenticated):
        open_config_session(catalogue.service, token_for_claims(service, device.id, claims, NOW).text, NOW)


@pytest.mark.parametrize("call", range(10))
def test_nothing_is_taken_over_from_a_deployment_that_is_archived_at_any_moment_of_the_creation(
    catalogue: Catalogue, device: ConfigDevice, call: int
) -> None:
    first, second = releases(catalogue, 2)
    parent = catalogue.deployment(device, first)
    validated(catalogue, second)
    new = catalogue.draft(device, second, new_instances=(), parent_id=parent.id)
    archived: list[int] = []
    archiving = before_call(call, lambda: archived.append(len(live(catalogue, archive(catalogue, parent)))))

    with suppress(NotTransferable):
        create_config_deployment(over(catalogue.service, archiving), WORKSPACE, new, NOW)

    assert archived in ([], [0]), "archived before the new one was there"
    assert bool(live(catalogue, device.id)) is not bool(archived)


@pytest.mark.parametrize("call", range(8))
def test_a_release_that_is_validated_from_some_moment_of_the_creation_on_is_not_staged_without(
    catalogue: Catalogue, device: ConfigDevice, call: int
) -> None:
    (release,) = releases(catalogue, 1)
    new = catalogue.draft(device, release)
    turned_on: list[ConfigRelease] = []
    turning_on = before_call(call, lambda: turned_on.append(validated(catalogue, release)))
    made = create_config_deployment(over(catalogue.service, turning_on), WORKSPACE, new, NOW)
    assert made.activity is (Activity.VALIDATING if turned_on else Activity.STAGED)


# Deleting devices


def test_row_23_a_deleted_device_leaves_archived_deployments_however_many(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    made = [catalogue.deployment(device, each) for each in releases(catalogue, 65)]
    catalogue.change(made[0], Deploy(approves=True))

    delete_config_device(catalogue.service, WORKSPACE, device.id, NOW + timedelta(hours=1))

    assert {stands(catalogue, each) for each in made} == {ARCHIVED}
    with pytest.raises(NoSuchRecord):
        get_config_device(catalogue.service, WORKSPACE, device.id)
    with pytest.raises(NoSuchRecord):
        delete_config_device(catalogue.service, WORKSPACE, device.id, NOW)
