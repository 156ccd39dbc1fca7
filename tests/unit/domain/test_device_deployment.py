"""The one state machine: every row of mender contract 10.2, and what holds for every status and every event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import (
    ACTIVE,
    IGNORED,
    OUTCOMES,
    PAUSES,
    REPORTABLE,
    WITHDRAWN,
    Asked,
    Conflict,
    DeadlinePassed,
    Decision,
    DeviceDeployment,
    Event,
    HistoryDeleted,
    Ignored,
    LogStored,
    Reopened,
    Reported,
    SilenceBegan,
    Status,
    TakenBack,
    Withdrawn,
    Withheld,
    decide,
)
from sluiceway.domain.retry import RetryPolicy
from tests.support.app import NOW
from tests.support.artifacts import MOMENTS
from tests.support.rows import asks, deletions, events, reports, rows, unspoken, withdrawals

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOON = NOW + 5 * MINUTE
FRESH = DeviceDeployment("w", "dep", "dev", "1773234000000-dep")
OFFERED = replace(FRESH, asked=NOW, request_digest="said-1", artifact_id="art", device_type="board")
OFFER = Asked(Status.PENDING, "said-1", "board", "art")
THREE_ATTEMPTS = RetryPolicy(attempts=3, base=timedelta(minutes=1))
OPEN = [Status.PENDING, *sorted(ACTIVE)]
ENDED_BY_ITSELF = [Status.SUCCESS, Status.FAILURE, Status.ALREADY_INSTALLED, Status.NOARTIFACT]
FINAL = [status for status in Status if status.is_final]
SERVER_WORDS = sorted(set(Status) - REPORTABLE)


def at(status: Status) -> DeviceDeployment:
    """A row that came to a status as a device and the server usually bring it there."""
    started = None if status is Status.PENDING else NOW
    return replace(OFFERED, status=status, started=started, finished=NOW if status.is_final else None)


def changed(decision: Decision) -> DeviceDeployment:
    assert isinstance(decision, DeviceDeployment), decision
    return decision


# Rows of the table of transitions


def test_a_device_deployment_begins_pending() -> None:
    assert FRESH.status is Status.PENDING
    assert FRESH.is_open


@pytest.mark.parametrize("outcome", [Status.NOARTIFACT, Status.ALREADY_INSTALLED])
def test_a_poll_ends_what_has_nothing_to_install(outcome: Status) -> None:
    row = changed(decide(FRESH, replace(OFFER, outcome=outcome), NOW))

    assert (row.status, row.asked, row.finished, row.started) == (outcome, NOW, NOW, None)


def test_an_offer_leaves_it_pending_and_remembers_what_the_device_said() -> None:
    row = changed(decide(FRESH, OFFER, NOW))

    assert (row.status, row.request_digest, row.artifact_id, row.device_type) == (
        Status.PENDING,
        "said-1",
        "art",
        "board",
    )
    assert (row.asked, row.started, row.finished) == (NOW, None, None)


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("word", sorted(REPORTABLE))
def test_an_open_one_takes_every_word_of_the_device(status: Status, word: Status) -> None:
    decision = decide(at(status), Reported(word), SOON)

    if status is word:
        assert decision == IGNORED
    else:
        assert (changed(decision).status, changed(decision).finished) == (word, SOON if word.is_final else None)


@pytest.mark.parametrize("status", OPEN)
def test_a_poll_with_another_request_fails_an_open_one(status: Status) -> None:
    row = changed(decide(at(status), replace(OFFER, request_digest="said-2"), SOON))

    assert (row.status, row.finished) == (Status.FAILURE, SOON)


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("word", sorted(WITHDRAWN))
def test_the_server_withdraws_an_open_one(status: Status, word: Status) -> None:
    row = changed(decide(at(status), Withdrawn(word), SOON))

    assert (row.status, row.finished) == (word, SOON)


@pytest.mark.parametrize("status", sorted(WITHDRAWN))
@pytest.mark.parametrize("word", sorted(REPORTABLE))
def test_a_withdrawn_one_refuses_every_report(status: Status, word: Status) -> None:
    assert decide(at(status), Reported(word), SOON) == Conflict(status)


@pytest.mark.parametrize("status", ENDED_BY_ITSELF)
@pytest.mark.parametrize("word", sorted(OUTCOMES))
def test_an_ended_one_takes_another_outcome(status: Status, word: Status) -> None:
    decision = decide(at(status), Reported(word), SOON)

    if word is status:
        assert decision == IGNORED
    else:
        assert (changed(decision).status, changed(decision).finished) == (word, SOON)


@pytest.mark.parametrize("status", ENDED_BY_ITSELF)
@pytest.mark.parametrize("word", sorted(ACTIVE))
def test_an_ended_one_ignores_a_status_on_the_way(status: Status, word: Status) -> None:
    assert decide(at(status), Reported(word), SOON) == IGNORED


@pytest.mark.parametrize("status", sorted(REPORTABLE))
def test_the_same_word_again_changes_nothing_but_a_given_substate(status: Status) -> None:
    row = replace(at(status), substate="half way")

    assert decide(row, Reported(status), SOON) == IGNORED
    assert decide(row, Reported(status, "half way"), SOON) == IGNORED
    assert decide(row, Reported(status, "nearly"), SOON) == replace(row, substate="nearly")


@pytest.mark.parametrize("status", OPEN)
def test_a_failure_with_attempts_left_makes_it_pending_again_but_not_at_once(status: Status) -> None:
    row = changed(decide(replace(at(status), retry=THREE_ATTEMPTS), Reported(Status.FAILURE), SOON))

    assert (row.status, row.attempt, row.finished) == (Status.PENDING, 2, None)
    assert (row.request_digest, row.artifact_id) == ("", "")
    assert row.not_before is not None
    assert row.not_before > SOON


def test_the_last_attempt_fails_for_good() -> None:
    row = replace(at(Status.INSTALLING), retry=THREE_ATTEMPTS, attempt=3)

    assert changed(decide(row, Reported(Status.FAILURE), SOON)).status is Status.FAILURE


# What the rows of the table leave open


def test_decision_11_lists_sort_by_the_ranks_of_the_contract() -> None:
    words = (
        "failure aborted pause_before_installing pause_before_committing pause_before_rebooting downloading installing"
    )
    words += " rebooting pending success noartifact already-installed decommissioned"

    assert [Status(word).rank for word in words.split()] == list(range(256, 3329, 256))


def test_a_repeated_poll_is_answered_from_the_row() -> None:
    assert decide(OFFERED, OFFER, SOON) == IGNORED


def test_the_next_attempt_is_not_offered_before_its_time() -> None:
    row = replace(FRESH, attempt=2, not_before=SOON)

    assert decide(row, OFFER, SOON - timedelta(milliseconds=1)) == Conflict(Status.PENDING)
    assert changed(decide(row, OFFER, SOON)).request_digest == "said-1"


def test_the_next_attempt_takes_a_new_request() -> None:
    row = replace(FRESH, attempt=2, asked=NOW, not_before=NOW)

    assert changed(decide(row, replace(OFFER, request_digest="said-2"), SOON)).request_digest == "said-2"


@pytest.mark.parametrize("word", [Status.FAILURE, *sorted(ACTIVE)])
def test_a_word_about_the_attempt_before_does_not_touch_the_next_one(word: Status) -> None:
    assert decide(replace(FRESH, attempt=2, retry=THREE_ATTEMPTS), Reported(word), NOW) == IGNORED


@pytest.mark.parametrize("word", [Status.SUCCESS, Status.ALREADY_INSTALLED])
def test_good_news_about_the_attempt_before_is_taken(word: Status) -> None:
    assert changed(decide(replace(FRESH, attempt=2, retry=THREE_ATTEMPTS), Reported(word), NOW)).status is word


def test_a_device_that_reports_without_asking_has_asked() -> None:
    row = changed(decide(FRESH, Reported(Status.DOWNLOADING), NOW))

    assert (row.asked, row.started) == (NOW, NOW)


def test_the_substate_stays_when_a_later_report_has_none() -> None:
    row = changed(decide(OFFERED, Reported(Status.DOWNLOADING, "half way"), NOW))

    assert changed(decide(row, Reported(Status.INSTALLING), SOON)).substate == "half way"


def test_started_stays_at_the_first_report() -> None:
    row = changed(decide(OFFERED, Reported(Status.DOWNLOADING), NOW))

    assert changed(decide(row, Reported(Status.SUCCESS), SOON)).started == NOW


def test_silence_past_the_deadline_ends_it_and_a_late_success_is_still_taken() -> None:
    row = replace(at(Status.INSTALLING), deadline=SOON)
    assert decide(row, DeadlinePassed(), SOON - timedelta(milliseconds=1)) == IGNORED
    silent = changed(decide(row, DeadlinePassed(), SOON))
    assert silent.status is Status.TIMED_OUT

    late = changed(decide(silent, Reported(Status.SUCCESS), SOON))

    assert (late.status, late.late) == (Status.SUCCESS, True)


def failed_once() -> DeviceDeployment:
    """A device that is to try again after a minute, and then has an hour to call."""
    policy = RetryPolicy(2, base=MINUTE, jitter=0)
    row = replace(OFFERED, retry=policy, deadlines=Deadlines(offered=HOUR, retrying=HOUR))
    return changed(decide(row, Reported(Status.FAILURE), NOW))


def test_who_does_not_come_back_for_the_next_attempt_times_out() -> None:
    row, deadline = failed_once(), NOW + MINUTE + HOUR
    assert (row.status, row.deadline) == (Status.PENDING, deadline)
    assert decide(row, DeadlinePassed(), deadline - timedelta(milliseconds=1)) == IGNORED
    silent = changed(decide(row, DeadlinePassed(expected=NOW + MINUTE), deadline))
    assert (silent.status, silent.deadline) == (Status.TIMED_OUT, None)


def test_who_was_to_come_later_than_the_next_attempt_is_due_is_waited_for() -> None:
    row, expected = failed_once(), NOW + HOUR
    waited_for = changed(decide(row, DeadlinePassed(expected), NOW + MINUTE + HOUR))
    assert waited_for == replace(row, deadline=expected + HOUR)
    assert changed(decide(waited_for, DeadlinePassed(expected), expected + HOUR)).status is Status.TIMED_OUT


def test_who_works_is_silent_even_if_it_calls() -> None:
    again, deadline = changed(decide(failed_once(), OFFER, NOW + MINUTE)), NOW + MINUTE + HOUR
    assert again.deadline == deadline
    assert changed(decide(again, DeadlinePassed(expected=NOW + HOUR), deadline)).status is Status.TIMED_OUT


@pytest.mark.parametrize("status", OPEN)
def test_a_call_counts_the_silence_of_who_works_anew(status: Status) -> None:
    row = replace(at(status), deadlines=Deadlines(*[HOUR] * 4), deadline=NOW + HOUR)
    after = decide(row, SilenceBegan(), NOW + MINUTE)
    if status in PAUSES:
        assert changed(after).deadline is None
    else:
        assert after == replace(row, deadline=NOW + MINUTE + HOUR + 6 * MINUTE)
    assert decide(changed(after), SilenceBegan(), NOW + 7 * MINUTE) == IGNORED


def test_a_call_means_nothing_for_who_waits_for_its_next_attempt_or_has_ended() -> None:
    ended = replace(at(Status.FAILURE), deadlines=Deadlines(*[HOUR] * 4))
    assert [decide(row, SilenceBegan(), SOON) for row in (failed_once(), ended)] == [IGNORED] * 2


@pytest.mark.parametrize("status", Status)
def test_what_cannot_reach_a_device_yet_has_no_deadline(status: Status) -> None:
    row = replace(at(status), deadlines=Deadlines(offered=HOUR), deadline=SOON)
    if status is Status.PENDING:
        assert changed(decide(row, Withheld(), NOW)) == replace(row, deadline=None)
    else:
        assert decide(row, Withheld(), NOW) == IGNORED


def test_without_such_a_deadline_a_retry_is_waited_for_for_ever() -> None:
    row = replace(OFFERED, retry=RetryPolicy(2), deadlines=Deadlines(offered=HOUR))
    assert changed(decide(row, Reported(Status.FAILURE), NOW)).deadline is None


@pytest.mark.parametrize("status", [*ENDED_BY_ITSELF, Status.TIMED_OUT, Status.SUPERSEDED])
def test_an_explicit_new_attempt_reopens_what_ended(status: Status) -> None:
    row = changed(decide(at(status), Reopened(), SOON))

    assert (row.status, row.attempt, row.finished, row.request_digest) == (Status.PENDING, 2, None, "")


@pytest.mark.parametrize("status", [Status.ABORTED, Status.DECOMMISSIONED, *OPEN])
def test_nothing_reopens_an_abort_a_removal_or_what_is_open(status: Status) -> None:
    assert decide(at(status), Reopened(), SOON) == IGNORED


@pytest.mark.parametrize("status", FINAL)
def test_deleting_the_history_marks_what_has_ended_and_changes_nothing_else(status: Status) -> None:
    row = changed(decide(at(status), HistoryDeleted(), SOON))

    assert row == replace(at(status), deleted=True)
    assert decide(row, HistoryDeleted(), SOON) == IGNORED


@pytest.mark.parametrize("status", OPEN)
def test_deleting_the_history_leaves_what_is_open(status: Status) -> None:
    assert decide(at(status), HistoryDeleted(), SOON) == IGNORED


@pytest.mark.parametrize("status", ENDED_BY_ITSELF)
def test_a_new_attempt_is_no_part_of_the_deleted_history(status: Status) -> None:
    forgotten = changed(decide(at(status), HistoryDeleted(), SOON))

    assert not changed(decide(forgotten, Reopened(), SOON)).deleted


@pytest.mark.parametrize("word", SERVER_WORDS)
def test_no_device_reports_a_word_of_the_servers(word: Status) -> None:
    with pytest.raises(ValueError, match=str(word)):
        decide(FRESH, Reported(word), NOW)


# What holds for every status and every event


@given(rows, events, MOMENTS)
def test_every_status_has_an_answer_to_every_event(row: DeviceDeployment, event: Event, now: datetime) -> None:
    assert isinstance(decide(row, event, now), DeviceDeployment | Ignored | Conflict)


@given(rows, events, MOMENTS)
def test_a_decision_that_is_taken_changes_something(row: DeviceDeployment, event: Event, now: datetime) -> None:
    assert decide(row, event, now) != row


@given(rows, st.one_of(reports, asks, withdrawals, unspoken, deletions), MOMENTS)
def test_what_has_ended_stays_ended_unless_it_is_reopened(row: DeviceDeployment, event: Event, now: datetime) -> None:
    assume(row.status.is_final)
    after = decide(row, event, now)
    assert not isinstance(after, DeviceDeployment) or after.status.is_final


@given(rows, events, MOMENTS)
def test_what_names_a_row_never_changes(row: DeviceDeployment, event: Event, now: datetime) -> None:
    after = decide(row, event, now)
    if isinstance(after, DeviceDeployment):
        fixed = {name: getattr(row, name) for name in ("workspace", "deployment_id", "device_id", "order", "shard")}
        assert replace(after, **fixed) == after
        assert (after.rev, after.retry, after.index_part) == (row.rev, row.retry, row.index_part)


@given(rows, st.one_of(reports, asks), MOMENTS, MOMENTS)
def test_a_repeated_message_changes_nothing(
    row: DeviceDeployment, event: Event, now: datetime, later: datetime
) -> None:
    """A duplicated failure that used an attempt up is a stale word about it."""
    after = decide(row, event, now)
    if isinstance(after, DeviceDeployment):
        again = decide(after, event, later)
        waits = isinstance(event, Asked) and (after.attempt > row.attempt or not after.is_open)
        assert not isinstance(again, DeviceDeployment) or waits


@given(rows, st.sampled_from(sorted(OUTCOMES)), st.sampled_from(sorted(ACTIVE)), MOMENTS)
def test_an_outcome_and_a_status_on_the_way_commute(
    row: DeviceDeployment, outcome: Status, on_the_way: Status, now: datetime
) -> None:
    """Whatever order the network delivers them in, the device ends at its outcome, retries aside."""
    last = replace(row, attempt=row.retry.attempts)
    one, other = Reported(outcome), Reported(on_the_way)
    assert _after(last, (one, other), now).status is _after(last, (other, one), now).status


@pytest.mark.parametrize("status", Status)
def test_what_is_taken_back_is_marked_once_where_the_device_ended_without_it(status: Status) -> None:
    row = at(status)
    decided = decide(row, TakenBack(), SOON)
    if status in {Status.FAILURE, Status.TIMED_OUT}:
        assert row.is_unapplied
        assert decided == replace(row, taken_back=True)
        assert not changed(decided).is_unapplied
        assert decide(changed(decided), TakenBack(), SOON) == IGNORED
    else:
        assert decided == IGNORED
        assert row.is_unapplied is row.is_open


def test_what_was_never_offered_is_not_to_be_taken_back() -> None:
    assert not FRESH.is_unapplied
    assert not replace(FRESH, status=Status.FAILURE).is_unapplied


def test_another_attempt_may_be_taken_back_again() -> None:
    row = replace(at(Status.FAILURE), taken_back=True)
    assert changed(decide(row, Reopened(), SOON)).is_unapplied


@given(rows, reports, MOMENTS)
def test_a_log_and_a_report_commute(row: DeviceDeployment, report: Reported, now: datetime) -> None:
    assert _after(row, (LogStored(), report), now) == _after(row, (report, LogStored()), now)


def _after(row: DeviceDeployment, messages: tuple[Event, ...], now: datetime) -> DeviceDeployment:
    for message in messages:
        decided = decide(row, message, now)
        row = decided if isinstance(decided, DeviceDeployment) else row
    return row


@given(rows, events, MOMENTS)
def test_an_attempt_is_used_up_by_a_failure_and_given_by_a_reopening_alone(
    row: DeviceDeployment, event: Event, now: datetime
) -> None:
    after = decide(row, event, now)
    if isinstance(after, DeviceDeployment) and after.attempt != row.attempt:
        assert after.attempt == row.attempt + 1
        assert after.status is Status.PENDING
        failed = isinstance(event, Asked) or (isinstance(event, Reported) and event.status is Status.FAILURE)
        assert isinstance(event, Reopened) or (failed and row.attempt < row.retry.attempts)
