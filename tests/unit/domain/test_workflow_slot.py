"""The state machine of a workflow slot: every rule of losant contract 4 and 6.2, and what holds for every slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sluiceway.domain.device_deployment import IGNORED, Ignored
from sluiceway.domain.workflow_slot import (
    MOST_ERROR_CHARACTERS,
    MOST_LOG_ENTRIES,
    MOST_OLD_ERROR_CHARACTERS,
    WHOLE_ERRORS,
    Actor,
    Assign,
    Attempt,
    Change,
    Command,
    Content,
    Discontinue,
    Exchange,
    Forget,
    LogEntry,
    Report,
    Side,
    SlotStatus,
    Source,
    Withdraw,
    WorkflowSlot,
    append,
    clip_error,
    decide_slot,
    shorter_logs,
    status_of,
    unstored_slot,
)
from tests.support.app import NOW

LATER = NOW + timedelta(minutes=5)
WHO = Source(Actor.USER, "u")
V1, V2, V1_ANEW = Content("v1", "e1"), Content("v2", "e2"), Content("v1", "e9")
NONE = unstored_slot("w", "d", "f", NOW)
WAITING = replace(NONE, desired=V1, rev=1)
RUNNING = replace(WAITING, current=V1, rev=2)
REDIRECTED = replace(RUNNING, desired=V2, rev=3)
LEAVING = replace(RUNNING, desired=None, rev=3)
EMPTY = replace(LEAVING, current=None, rev=4)
ENDING = replace(LEAVING, is_discontinued=True)
SLOTS = [NONE, WAITING, RUNNING, REDIRECTED, LEAVING, EMPTY, ENDING]
BROKEN = Attempt("v2", "e2", "no room")

contents = st.sampled_from([V1, V2, V1_ANEW, Content("v1")])
attempts = st.none() | st.builds(Attempt, st.sampled_from(["", "v1", "v2"]), st.sampled_from(["", "e1"]), st.text())
commands = st.one_of(
    st.builds(Assign, contents),
    st.just(Withdraw()),
    st.builds(Exchange, st.sampled_from(["v1", "v2"]), st.none() | contents),
    st.just(Discontinue()),
    st.just(Forget()),
    st.builds(Report, st.none() | contents, attempts),
)


def changed(
    slot: WorkflowSlot, command: Command, newest: LogEntry | None = None
) -> tuple[WorkflowSlot, list[LogEntry]]:
    decision = decide_slot(slot, newest, command, WHO, LATER)
    assert isinstance(decision, Change), decision
    assert decision.slot is not None
    return decision.slot, list(decision.entries)


def ignored(slot: WorkflowSlot, command: Command, newest: LogEntry | None = None) -> bool:
    return decide_slot(slot, newest, command, WHO, LATER) is IGNORED


def test_a_release_makes_a_slot() -> None:
    slot, log = changed(NONE, Assign(V1))

    assert (slot.desired, slot.current, slot.created, slot.updated) == (V1, None, NOW, LATER)
    assert log == [LogEntry(LATER, Side.DESIRED, WHO, None, V1, rev=1)]


@pytest.mark.parametrize("slot", [WAITING, RUNNING])
def test_a_repeated_release_changes_nothing(slot: WorkflowSlot) -> None:
    assert ignored(slot, Assign(V1))


@pytest.mark.parametrize("slot", [REDIRECTED, LEAVING, EMPTY])
def test_a_release_overrides_any_other_wish_and_touches_nothing_that_runs(slot: WorkflowSlot) -> None:
    after, (entry,) = changed(slot, Assign(V1))

    assert (after.desired, after.current) == (V1, slot.current)
    assert (entry.previous, entry.new) == (slot.desired, V1)


def test_a_release_of_a_version_that_was_published_anew_brings_the_new_content() -> None:
    after, (entry,) = changed(RUNNING, Assign(V1_ANEW))

    assert after.desired == V1_ANEW
    assert (entry.previous, entry.new) == (V1, V1_ANEW)


@pytest.mark.parametrize("slot", [NONE, LEAVING, EMPTY, ENDING])
def test_removing_what_is_not_wanted_changes_nothing(slot: WorkflowSlot) -> None:
    assert ignored(slot, Withdraw())


@pytest.mark.parametrize("slot", [WAITING, RUNNING, REDIRECTED])
def test_a_removal_wants_nothing_and_leaves_what_runs(slot: WorkflowSlot) -> None:
    after, (entry,) = changed(slot, Withdraw())

    assert (after.desired, after.current) == (None, slot.current)
    assert (entry.side, entry.previous, entry.new) == (Side.DESIRED, slot.desired, None)


@pytest.mark.parametrize("slot", [WAITING, RUNNING])
@pytest.mark.parametrize("content", [V2, None])
def test_replacing_redirects_who_wants_the_old_version(slot: WorkflowSlot, content: Content | None) -> None:
    assert changed(slot, Exchange("v1", content))[0].desired == content


@pytest.mark.parametrize("slot", [NONE, REDIRECTED, LEAVING, EMPTY])
def test_replacing_leaves_alone_who_wants_something_else_whatever_runs(slot: WorkflowSlot) -> None:
    assert ignored(slot, Exchange("v1", V2))


def test_replacing_a_version_by_itself_changes_at_most_its_content() -> None:
    assert ignored(RUNNING, Exchange("v1", V1))
    assert changed(RUNNING, Exchange("v1", V1_ANEW))[0].desired == V1_ANEW


def test_a_success_makes_the_slot_up_to_date() -> None:
    after, (entry,) = changed(WAITING, Report(V1))

    assert status_of(after, entry) is SlotStatus.UP_TO_DATE
    assert (entry.side, entry.previous, entry.new, entry.attempt) == (Side.CURRENT, None, V1, None)


def test_a_late_report_of_another_version_is_recorded_and_the_slot_stays_pending() -> None:
    after, (entry,) = changed(replace(WAITING, desired=V2), Report(V1))

    assert after.current == V1
    assert status_of(after, entry) is SlotStatus.PENDING


@pytest.mark.parametrize("slot", [NONE, EMPTY, WAITING])
def test_a_report_of_nothing_where_nothing_runs_changes_nothing(slot: WorkflowSlot) -> None:
    assert ignored(slot, Report(None))


def test_a_removal_is_confirmed_and_the_slot_stays() -> None:
    after, _ = changed(LEAVING, Report(None))

    assert after.is_empty
    assert status_of(after, None) is SlotStatus.EMPTY


def test_a_failed_attempt_leaves_what_runs_and_is_logged_once() -> None:
    after, (entry,) = changed(REDIRECTED, Report(V1, BROKEN))

    assert (after.current, after.desired) == (V1, V2)
    assert (entry.previous, entry.new, entry.attempt) == (V1, V1, BROKEN)
    assert status_of(after, entry) is SlotStatus.ERROR
    assert ignored(after, Report(V1, BROKEN), entry)


def test_a_failed_attempt_that_does_not_say_which_content_runs_leaves_the_known_one() -> None:
    after, entries = changed(REDIRECTED, Report(Content("v1"), BROKEN))

    assert (after.current, [entry.new for entry in entries]) == (V1, [V1])
    assert changed(REDIRECTED, Report(Content("v3"), BROKEN))[0].current == Content("v3")
    assert changed(REDIRECTED, Report(Content("v1")))[0].current == Content("v1")


def test_another_error_or_another_entry_between_makes_a_failure_news() -> None:
    after, (entry,) = changed(REDIRECTED, Report(V1, BROKEN))
    other = BROKEN._replace(error="no power")

    assert changed(after, Report(V1, other), entry)[1][0].attempt == other
    redirected, (between,) = changed(after, Assign(V1_ANEW), entry)
    assert changed(redirected, Report(V1, BROKEN), between)[1][0].attempt == BROKEN


def test_a_failure_that_ends_what_ran_is_two_entries_and_repeating_it_none() -> None:
    after, log = changed(REDIRECTED, Report(None, BROKEN))

    assert [(entry.previous, entry.new, entry.attempt) for entry in log] == [(V1, None, None), (None, None, BROKEN)]
    assert ignored(after, Report(None, BROKEN), log[-1])


def test_an_error_about_a_version_that_is_not_wanted_any_more_leaves_the_slot_pending() -> None:
    after, (entry,) = changed(replace(RUNNING, desired=Content("v3", "e3")), Report(V1, BROKEN))

    assert status_of(after, entry) is SlotStatus.PENDING


def test_a_leftover_makes_a_slot_that_wants_nothing() -> None:
    slot, (entry,) = changed(NONE, Report(V1))

    assert (slot.desired, slot.current) == (None, V1)
    assert entry.side is Side.CURRENT
    assert ignored(NONE, Report(None, BROKEN))


def test_a_device_that_does_not_say_which_content_it_runs_is_believed() -> None:
    slot, _ = changed(WAITING, Report(Content("v1")))

    assert status_of(slot, None) is SlotStatus.UP_TO_DATE
    assert status_of(replace(slot, current=V1_ANEW), None) is SlotStatus.PENDING


def test_deleting_a_workflow_wants_nothing_until_the_device_has_dropped_it() -> None:
    after, (entry,) = changed(RUNNING, Discontinue())

    assert (after.desired, after.current, entry.new) == (None, V1, None)
    assert ignored(after, Discontinue())
    assert ignored(after, Assign(V2))
    assert decide_slot(after, entry, Report(None), WHO, LATER) == Change(None)


def test_deleting_a_workflow_takes_a_slot_of_which_nothing_is_wanted_and_nothing_runs_at_once() -> None:
    assert decide_slot(EMPTY, None, Discontinue(), WHO, LATER) == Change(None)


@pytest.mark.parametrize("attempt", [None, BROKEN])
def test_a_slot_that_a_device_may_be_filling_stays_until_the_device_says_that_nothing_runs(
    attempt: Attempt | None,
) -> None:
    after, (entry,) = changed(WAITING, Discontinue())

    assert (after.desired, after.current, after.is_discontinued) == (None, None, True)
    assert decide_slot(after, entry, Report(None, attempt), WHO, LATER) == Change(None)
    filled, (said,) = changed(after, Report(V1), entry)
    assert (filled.desired, filled.current) == (None, V1)
    assert decide_slot(filled, said, Report(None), WHO, LATER) == Change(None)


@pytest.mark.parametrize("slot", SLOTS)
def test_a_device_that_is_gone_has_no_slots(slot: WorkflowSlot) -> None:
    decision = decide_slot(slot, None, Forget(), WHO, LATER)

    assert decision == (Change(None) if slot.rev else IGNORED)


@given(st.sampled_from(SLOTS), commands)
def test_every_slot_answers_every_command_and_the_same_again_changes_nothing(
    slot: WorkflowSlot, command: Command
) -> None:
    decision = decide_slot(slot, None, command, WHO, LATER)
    if isinstance(decision, Ignored) or decision.slot is None:
        return
    newest = decision.entries[-1] if decision.entries else None

    assert decision.slot.rev == slot.rev + 1
    assert decision.slot.updated == (LATER if decision.entries else slot.updated)
    assert {entry.rev for entry in decision.entries} <= {decision.slot.rev}
    assert decide_slot(decision.slot, newest, command, WHO, LATER) is IGNORED


def test_the_id_begins_with_the_time_and_is_the_same_for_whoever_makes_the_slot() -> None:
    assert NONE.id == unstored_slot("w", "d", "f", NOW).id
    assert int(NONE.id[:8], 16) == int(NOW.timestamp())
    others = [unstored_slot(*parts, NOW) for parts in (("x", "d", "f"), ("w", "x", "f"), ("w", "d", "x"))]
    assert len({slot.id for slot in (NONE, *others)}) == 4


@given(st.lists(st.integers(0, 3000), max_size=150))
def test_a_log_keeps_its_newest_entries_whole(sizes: list[int]) -> None:
    log: tuple[LogEntry, ...] = ()
    for number, size in enumerate(sizes):
        attempt = Attempt("v", "e", clip_error("x" * size))
        log = append(log, (LogEntry(NOW, Side.CURRENT, WHO, None, None, number, attempt),))

    assert [entry.rev for entry in log] == list(range(len(sizes)))[-MOST_LOG_ENTRIES:]
    whole = [min(size, MOST_ERROR_CHARACTERS) for size in sizes][-MOST_LOG_ENTRIES:]
    assert [len(entry.attempt.error) for entry in log if entry.attempt] == whole


def test_a_log_is_shortened_at_its_old_end_and_down_to_its_newest_entry() -> None:
    attempt = Attempt("v", "e", "x" * MOST_ERROR_CHARACTERS)
    log = tuple(LogEntry(NOW, Side.CURRENT, WHO, None, None, number, attempt) for number in range(MOST_LOG_ENTRIES))
    whole, cut, *others = shorter_logs(log)

    assert whole == log
    assert [entry.rev for entry in cut] == [entry.rev for entry in log]
    errors = [len(entry.attempt.error) for entry in cut if entry.attempt]
    assert (
        errors == [MOST_OLD_ERROR_CHARACTERS] * (MOST_LOG_ENTRIES - WHOLE_ERRORS) + [len(attempt.error)] * WHOLE_ERRORS
    )
    assert [tuple(each) for each in others] == [tuple(cut[-len(each) :]) for each in others]
    assert [len(each) for each in others] == [50, 25, 12, 6, 3, 1]


class SlotIsWhatWasSaid(RuleBasedStateMachine):
    """A slot beside the plainest model of it: the last wish, the last word of the device."""

    def __init__(self) -> None:
        super().__init__()
        self.slot = NONE
        self.log: tuple[LogEntry, ...] = ()
        self.wish: Content | None = None
        self.word: Content | None = None

    def _apply(self, command: Command) -> None:
        decision = decide_slot(self.slot, self.log[-1] if self.log else None, command, WHO, LATER)
        if isinstance(decision, Change):
            assert decision.slot is not None
            self.slot, self.log = decision.slot, append(self.log, decision.entries)

    @rule(content=contents)
    def release(self, content: Content) -> None:
        self._apply(Assign(content))
        self.wish = content

    @rule()
    def remove(self) -> None:
        self._apply(Withdraw())
        self.wish = None

    @rule(old=st.sampled_from(["v1", "v2"]), content=st.none() | contents)
    def replace(self, old: str, content: Content | None) -> None:
        self._apply(Exchange(old, content))
        if self.wish is not None and self.wish.version == old:
            self.wish = content

    @rule(content=st.none() | contents, attempt=attempts)
    def report(self, content: Content | None, attempt: Attempt | None) -> None:
        self._apply(Report(content, attempt))
        is_kept = attempt and content and self.word and content == Content(self.word.version)
        self.word = self.word if is_kept else content

    @invariant()
    def _is_what_was_said(self) -> None:
        assert (self.slot.desired, self.slot.current) == (self.wish, self.word)

    @invariant()
    def _the_log_leads_to_where_it_stands(self) -> None:
        for side, now in ((Side.DESIRED, self.slot.desired), (Side.CURRENT, self.slot.current)):
            entries = [entry for entry in self.log if entry.side is side]
            assert (entries[-1].new if entries else None) == now
            assert all(one.new == following.previous for one, following in pairwise(entries))


TestSlotIsWhatWasSaid = SlotIsWhatWasSaid.TestCase
