"""Users and a device act on one device's configuration, one after the other and in between: what always holds (6.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sluiceway.domain.config_deployment import (
    Activity,
    Approve,
    Archive,
    Command,
    ConfigDeployment,
    Deploy,
    Judge,
    Report,
    Restage,
    Target,
    Trouble,
    effective_config,
)
from sluiceway.domain.errors import Refused
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import config_deployment_key, read_config_deployment
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases.config_deployments import Effect, change_config_deployment, judge_config_deployment
from sluiceway.usecases.config_devices import delete_config_device
from sluiceway.usecases.config_enrolment import Machine, enrol
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.config_state import ConfigState, find_config_state, load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.config_tokens import Invitation
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.config_agents import device_key
from tests.support.configs import Catalogue
from tests.support.soak import examples
from tests.unit.usecases.stores import WORKSPACE, before_call, over

Action: TypeAlias = Callable[[Service], object]
MOVES: Mapping[str, str] = {
    "new": "staged/staged deployed/queued staged/validating deployed/validating",
    "staged/validating": "staged/staged archived/archived",
    "deployed/validating": "deployed/queued archived/archived",
    "staged/staged": "deployed/queued staged/drifted archived/archived",
    "staged/drifted": "staged/staged archived/archived",
    "deployed/queued": "deployed/deployed deployed/archived archived/queued archived/archived",
    "deployed/deployed": "deployed/queued deployed/archived archived/deployed archived/archived",
    "deployed/archived": "deployed/queued archived/archived",
    "archived/queued": "archived/deployed archived/removing archived/archived",
    "archived/deployed": "archived/removing archived/archived",
    "archived/removing": "archived/archived",
    "archived/archived": "",
}
"""Where the contract lets a deployment go from each target and activity in one step (6.2, 8.5)."""
NOT_GIVEN = frozenset({"new", "staged/staged", "deployed/validating"})
"""Where a deployment is before its device is given it; from anywhere else it is delivered again."""
SHOWN = frozenset({Activity.QUEUED, Activity.DEPLOYED, Activity.REMOVING})
"""What a device is shown: it removes nothing that it is not shown any more."""
PICKS = st.integers(0, 3) | st.integers(0, 30)
"""Counted from the newest: of what is older, little more can become."""
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from([Approve(), Restage()]), st.builds(Deploy, st.booleans()), st.builds(Archive, st.booleans())
)
REPORTS = st.builds(
    Report,
    st.sampled_from([Activity.QUEUED, Activity.DEPLOYED, Activity.REMOVING, Activity.ARCHIVED]),
    st.sampled_from([Trouble.NONE, Trouble.NONE, Trouble.RETRYING, Trouble.FAILED]),
)
TARGETS = st.sampled_from([Target.STAGED, Target.DEPLOYED])


class ConfigRules(RuleBasedStateMachine):
    """One device with three releases, users who do anything to it, and the machines that are it one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.catalogue = Catalogue()
        self.service = self.catalogue.service
        schema = self.catalogue.schema()
        self.instance = self.catalogue.instance(of=schema).id
        self.releases = [self.catalogue.release(schema, version=f"v{number}").id for number in range(3)]
        self.device = self.catalogue.device().id
        self.moment = NOW
        self.made: list[str] = []
        self.targets: dict[str, Target] = {}
        self.shown_as_wanted: set[str] = set()
        """What the device was told to have since it was last activated."""
        self.ended: set[str] = set()
        """What the device said to be gone or failed."""
        self.said_by: dict[str, int] = {}
        """Of each deployment that was said to be there, the epoch of the machine that last said so."""
        self.is_deleted = False

    # What may happen

    def _creation(self, pick: int, target: Target, parent: int, *, approved: bool) -> Action:
        parent_id = self._pick(parent) if self.made and parent else ""
        new = NewConfigDeployment(
            self.device,
            self.releases[pick % len(self.releases)],
            target,
            (self.instance,),
            approved=approved,
            parent_id=parent_id,
        )

        def create(service: Service) -> None:
            current = self._current_release()
            self.made.append(create_config_deployment(service, WORKSPACE, new, self._now()).id)
            if service is self.service:
                assert (new.release_id == current) is (target is Target.DEPLOYED), "patched, or else staged"

        return create

    def _change(self, pick: int, command: Command) -> Action:
        deployment_id = self._pick(pick)

        def change(service: Service) -> None:
            before = self._shown().get(deployment_id)
            change_config_deployment(service, WORKSPACE, deployment_id, command, self._now())
            if (
                service is self.service
                and before
                and before.target is Target.STAGED
                and command == Deploy(approves=False)
            ):
                assert before.approved, "nobody approved it"

        return change

    def _verdict(self, pick: int, *, is_valid: bool) -> Action:
        deployment_id, verdict = self._pick(pick), Judge(is_valid, "")

        def judge(service: Service) -> None:
            current = self._current_release()
            effect, after = judge_config_deployment(service, WORKSPACE, deployment_id, verdict, self._now())
            if service is self.service and effect in {Effect.STAGE, Effect.DEPLOY}:
                assert (after.release_id == current) is (effect is Effect.DEPLOY), "as when it was made, or else void"

        return judge

    def _report(self, pick: int, report: Report) -> Action:
        deployment_id = self._pick(pick)

        def send(service: Service) -> None:
            state = self._state(service)
            after = report_config(service, state, deployment_id, report, self._now())
            if after.activity is Activity.ARCHIVED:
                self.ended.add(deployment_id)
            if after.activity is Activity.DEPLOYED:
                self.said_by[deployment_id] = state.device.epoch

        return send

    def _sync(self, service: Service) -> None:
        """Ask for everything, as a device does that remembers what it was told."""
        state = self._state(service)
        listed = hand_over(service, state, deployments_at(state, SHOWN), self._now())
        assert sum(each.target is Target.DEPLOYED for each in listed) <= 1, "a device stops that is to have two"
        assert all(each.handed_over for each in listed), "marked before it leaves"
        if state.device.epoch == self._state(self.service).device.epoch:
            self.shown_as_wanted |= {each.id for each in listed if each.target is Target.DEPLOYED}

    def _activate(self, service: Service) -> None:
        """Let another machine take the place of the one that is the device: it holds nothing."""
        moment = self._now()
        invitation = Invitation(WORKSPACE, str(moment), moment + timedelta(minutes=5), self.device, reactivates=True)
        enrol(service, invitation, Machine(device_key(moment.second % 2).public_key()), moment)
        self.shown_as_wanted.clear()

    def _state(self, service: Service) -> ConfigState:
        return load_config_state(service, WORKSPACE, self.device)

    def _now(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment

    def _pick(self, pick: int) -> str:
        return self.made[-1 - pick % len(self.made)] if self.made else "dpl_none"

    def _index(self, deployment_id: str) -> int:
        """The number that `_pick` has for it."""
        return len(self.made) - 1 - self.made.index(deployment_id)

    def _current_release(self) -> str:
        state = find_config_state(self.service, WORKSPACE, self.device)
        assert state is not None
        return state.device.slot.release

    def _act(self, action: Action) -> None:
        before, shown = stored(self.service), self._shown()
        try:
            action(self.service)
        except Refused:
            assert stored(self.service) == before, "a refusal changes nothing"
        else:
            self._check_moves(shown, self._shown())

    def _act_around(self, outer: Action, number: int, inner: Action) -> None:
        """Act, and let another act just before the call to the store of that number."""
        with suppress(Refused):
            outer(over(self.service, before_call(number, lambda: self._act(inner))))

    def _check_moves(self, before: Mapping[str, ConfigDeployment], after: Mapping[str, ConfigDeployment]) -> None:
        moved = {each: (place(before.get(each)), place(now)) for each, now in after.items()}
        for was, is_ in moved.values():
            assert was == is_ or is_ in MOVES[was].split()
        if any(was in NOT_GIVEN and is_ == "deployed/queued" for was, is_ in moved.values()):
            waiting = [is_ for _, is_ in moved.values() if is_.startswith("staged") and is_ != "staged/validating"]
            assert {*waiting} <= {"staged/drifted"}, "the device was given something else"

    def _action(self, data: st.DataObject) -> Action:
        kind = data.draw(st.sampled_from(["create", "change", "judge", "report", "sync", "activate"]), label="kind")
        pick = data.draw(PICKS, label="pick")
        match kind:
            case "create":
                target = data.draw(TARGETS, label="target")
                return self._creation(pick, target, data.draw(PICKS, label="parent"), approved=data.draw(st.booleans()))
            case "change":
                return self._change(pick, data.draw(COMMANDS, label="command"))
            case "judge":
                return self._verdict(pick, is_valid=data.draw(st.booleans(), label="is valid"))
            case "report":
                return self._report(pick, data.draw(REPORTS, label="report"))
            case "sync":
                return self._sync
            case _:
                return self._activate

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        self._act(self._action(data))

    @rule(data=st.data(), call=st.integers(0, 6))
    def somebody_acts_in_between(self, data: st.DataObject, call: int) -> None:
        """One acts just before a call to the store of another."""
        self._act_around(self._action(data), call, self._action(data))

    @rule(pick=PICKS, approved=st.booleans())
    def a_release_is_staged(self, pick: int, approved: bool) -> None:  # noqa: FBT001 - from hypothesis
        self._act(self._creation(pick, Target.STAGED, 0, approved=approved))

    @rule(pick=PICKS, command=COMMANDS)
    def a_user_changes_a_deployment(self, pick: int, command: Command) -> None:
        self._act(self._change(pick, command))

    @rule(pick=PICKS, is_valid=st.booleans())
    def a_verdict_comes(self, pick: int, is_valid: bool) -> None:  # noqa: FBT001 - from hypothesis
        self._act(self._verdict(pick, is_valid=is_valid))

    @rule(pick=PICKS)
    def a_release_is_deployed(self, pick: int) -> None:
        """The way that most deployments go: random commands seldom find it."""
        self._act(self._creation(pick, Target.STAGED, 0, approved=True))
        self._act(self._change(0, Deploy(approves=True)))

    @rule(reports=st.lists(REPORTS, min_size=1, max_size=4))
    def the_device_reports_its_newest(self, reports: list[Report]) -> None:
        """It asked before: of what it was not told it seldom speaks."""
        self._act(self._sync)
        known = [each.id for each in self._shown().values() if each.handed_over]
        for report in reports if known else ():
            self._act(self._report(min(map(self._index, known)), report))

    @rule()
    def the_device_obeys(self) -> None:
        """It asks, and says that everything is as it was told."""
        self._act(self._sync)
        for each in list(self._records().values()):
            if each.handed_over and each.activity in SHOWN:
                there = Activity.DEPLOYED if each.target is Target.DEPLOYED else Activity.ARCHIVED
                self._act(self._report(self._index(each.id), Report(there, Trouble.NONE)))

    @rule(pick=PICKS, report=REPORTS, call=st.integers(0, 2))
    def the_device_is_activated_while_it_reports(self, pick: int, report: Report, call: int) -> None:
        """What the former machine says of what it was just told is in flight when another one takes its place."""
        self._act(self._sync)
        told = sorted(self.shown_as_wanted)
        if told:
            speaking = self._report(self._index(told[pick % len(told)]), report)
            self._act_around(speaking, call, self._activate)

    @rule(pick=PICKS, custom=st.booleans())
    def validation_is_turned_on_or_off(self, pick: int, custom: bool) -> None:  # noqa: FBT001 - from hypothesis
        release = self.releases[pick % len(self.releases)]
        set_custom_validation(self.service, WORKSPACE, release, self._now(), custom=custom)

    @precondition(lambda self: not self.is_deleted and len(self.made) > 3)
    @rule(call=st.integers(0, 3), data=st.data())
    def the_device_is_deleted(self, call: int, data: st.DataObject) -> None:
        inner = self._action(data)
        service = over(self.service, before_call(call, lambda: self._act(inner)))
        delete_config_device(service, WORKSPACE, self.device, self._now())
        self.is_deleted = True

    # What always holds

    def _records(self) -> Mapping[str, ConfigDeployment]:
        state = find_config_state(self.service, WORKSPACE, self.device)
        assert state is not None
        over_ = read_all(self.service.table, keys.archived_config_deployments(WORKSPACE, self.device))
        archived = [read_config_deployment(WORKSPACE, record.item) for record in over_]
        assert not {each.id for each in archived} & state.live.keys(), "in one place"
        return {**state.live, **{each.id: each for each in archived}}

    def _shown(self) -> Mapping[str, ConfigDeployment]:
        """All deployments as users see them."""
        state = find_config_state(self.service, WORKSPACE, self.device)
        assert state is not None
        return {each.id: effective_config(each, state.device.slot) for each in self._records().values()}

    @invariant()
    def every_deployment_is_where_it_belongs_and_the_list_agrees(self) -> None:
        records = self._records()
        assert set(records) == set(self.made)
        for each in records.values():
            stored_ = self.service.table.get(config_deployment_key(each))
            assert stored_ is not None
            assert read_config_deployment(WORKSPACE, stored_) == each
        entries = read_all(self.service.table, Query(keys.config_deployment_directory(WORKSPACE)))
        listed = {str(entry.item["id"]): read_config_deployment(WORKSPACE, entry.item) for entry in entries}
        assert listed == {
            each.id: replace(each, description="", message="", findings=(), instance_ids=())
            for each in records.values()
        }

    @invariant()
    def a_device_has_one_target_at_most_and_its_slot_says_which(self) -> None:
        state = find_config_state(self.service, WORKSPACE, self.device)
        assert state is not None
        wanted = [
            (each.id, each.release_id)
            for each in self._records().values()
            if each.target is Target.DEPLOYED and each.activity is not Activity.VALIDATING
        ]
        slot = state.device.slot
        assert wanted == ([(slot.target, slot.release)] if slot.target else [])
        assert slot.release or not slot.target
        given = sorted(each.seen for each in self._records().values() if each.queued)
        assert given == [*range(1, slot.given + 1)], "each that was given has a number of its own"

    @invariant()
    def one_deployment_at_most_waits_for_each_release(self) -> None:
        live = [each for each in self._records().values() if each.activity is not Activity.ARCHIVED]
        staged = Counter(each.release_id for each in live if each.activity is Activity.STAGED)
        validating = Counter(each.release_id for each in live if place(each) == "staged/validating")
        assert all(times == 1 for times in (*staged.values(), *validating.values()))

    @invariant()
    def what_was_superseded_is_gone_unless_the_device_may_have_it(self) -> None:
        for each in self._records().values():
            if each.target is Target.ARCHIVED and each.handed_over is None:
                assert each.activity is not Activity.QUEUED

    @invariant()
    def a_device_is_shown_what_it_was_told_to_have_until_it_says_that_it_is_gone(self) -> None:
        if self.is_deleted:
            return
        records = self._records()
        for told in self.shown_as_wanted:
            assert records[told].handed_over
            assert told in self.ended or records[told].activity in SHOWN
            marks = [keys.handed_instance(WORKSPACE, self.device, one) for one in records[told].instance_ids]
            assert all(self.service.table.get(mark) for mark in marks)

    @invariant()
    def what_is_deployed_was_said_by_the_machine_that_is_the_device_now(self) -> None:
        state = find_config_state(self.service, WORKSPACE, self.device)
        assert state is not None
        there = [each.id for each in state.live.values() if each.activity is Activity.DEPLOYED]
        assert all(self.said_by[each] == state.device.epoch for each in there)

    @invariant()
    def targets_move_forward_only(self) -> None:
        order = list(Target)
        for each in self._records().values():
            assert order.index(self.targets.get(each.id, each.target)) <= order.index(each.target)
            self.targets[each.id] = each.target

    @invariant()
    def a_deleted_device_has_nothing_that_is_live(self) -> None:
        if self.is_deleted:
            state = find_config_state(self.service, WORKSPACE, self.device)
            assert state is not None
            assert (state.live, state.device.slot.target) == ({}, "")


def place(deployment: ConfigDeployment | None) -> str:
    """A target and an activity, as the contract writes them."""
    return f"{deployment.target}/{deployment.activity}" if deployment else "new"


def stored(service: Service) -> object:
    assert isinstance(service.table, MemoryTable)
    return service.table.contents()


TestConfigRules = ConfigRules.TestCase
TestConfigRules.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)
