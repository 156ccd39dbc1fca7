"""Gates: what holds a phase, what breaches it, and what an operator has overruled (design section 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import (
    NO_GATE,
    PASSED,
    Breached,
    Gate,
    GateFacts,
    GateReason,
    Holds,
    Overruled,
    PhaseTally,
    Signal,
    SignalKind,
    SignalState,
    Verdict,
    breaches,
    evaluate,
    is_through,
)
from tests.support.app import NOW
from tests.support.rollouts import gate_facts, gates, phase_tallies

ALARM = Signal(SignalKind.ALARM, "errors")
HOUR = timedelta(hours=1)
NEITHER_WAY = [Status.NOARTIFACT, Status.DECOMMISSIONED, Status.SUPERSEDED, Status.ABORTED]


def tally(
    size: int | None = 10, *, success: int = 0, failure: int = 0, timed_out: int = 0, gone: int = 0
) -> PhaseTally:
    ended = {
        Status.SUCCESS: success,
        Status.FAILURE: failure,
        Status.TIMED_OUT: timed_out,
        Status.SUPERSEDED: gone,
    }
    return PhaseTally(size, sum(ended.values()), ended)


def verdict(gate: Gate, counted: PhaseTally, facts: GateFacts | None = None) -> Verdict:
    return evaluate(gate, counted, facts or GateFacts(NOW))


@given(phase_tallies, gate_facts)
def test_a_gate_that_asks_for_nothing_is_passed_whatever_happens(counted: PhaseTally, facts: GateFacts) -> None:
    assert evaluate(NO_GATE, counted, facts) == PASSED
    assert evaluate(replace(NO_GATE, minimum_sample=9), counted, facts) == PASSED


@pytest.mark.parametrize(
    ("gate", "fine", "too_many", "reason"),
    [
        (Gate(most_failures=2), tally(failure=2), tally(failure=3), GateReason.TOO_MANY_FAILURES),
        (Gate(most_failures=2), tally(timed_out=2), tally(failure=1, timed_out=2), GateReason.TOO_MANY_FAILURES),
        (Gate(most_failures=0, minimum_sample=99), tally(), tally(failure=1), GateReason.TOO_MANY_FAILURES),
        (Gate(most_timeouts=0), tally(failure=9), tally(timed_out=1), GateReason.TOO_MANY_TIMEOUTS),
        (
            Gate(most_failure_share=0.05, minimum_sample=20),
            tally(100, success=19, failure=1),
            tally(100, success=18, failure=2),
            GateReason.FAILURE_SHARE_TOO_HIGH,
        ),
        (
            Gate(most_timeout_share=0.5),
            tally(success=1, timed_out=1),
            tally(timed_out=1),
            GateReason.TIMEOUT_SHARE_TOO_HIGH,
        ),
    ],
)
def test_a_limit_on_failures_and_silence_is_looked_at_while_the_phase_goes_on(
    gate: Gate, fine: PhaseTally, too_many: PhaseTally, reason: GateReason
) -> None:
    assert verdict(gate, fine) == Holds(GateReason.DEVICES_OUTSTANDING)
    assert verdict(gate, too_many) == Breached(reason)


@pytest.mark.parametrize(
    "gate", [Gate(most_failure_share=0.5, minimum_sample=5), Gate(most_timeout_share=0.5, minimum_sample=5)]
)
def test_a_share_waits_for_the_minimum_sample_or_for_the_last_device(gate: Gate) -> None:
    assert verdict(gate, tally(4, timed_out=3)) == Holds(GateReason.DEVICES_OUTSTANDING)
    assert isinstance(verdict(gate, tally(9, timed_out=5)), Breached)
    assert isinstance(verdict(gate, tally(4, timed_out=4)), Breached)


def test_the_success_share_is_judged_when_the_last_device_has_ended() -> None:
    gate = Gate(least_success_share=0.9)

    assert verdict(gate, tally(10, success=1, failure=8)) == Holds(GateReason.DEVICES_OUTSTANDING)
    assert verdict(gate, tally(10, success=9, failure=1)) == PASSED
    assert verdict(gate, tally(10, success=8, failure=2)) == Breached(GateReason.SUCCESS_SHARE_TOO_LOW)


@pytest.mark.parametrize(("ended", "through"), [(8, False), (9, True), (10, True)])
def test_a_gate_may_be_content_when_some_devices_have_not_come(ended: int, *, through: bool) -> None:
    gate = Gate(least_success_share=0.5, least_ended_share=0.9)

    assert is_through(gate, PhaseTally(10, ended, {Status.SUCCESS: ended})) is through


def test_the_success_share_of_an_open_target_is_judged_from_the_minimum_sample_on() -> None:
    gate = Gate(least_success_share=0.5, minimum_sample=4)

    assert verdict(gate, tally(None, failure=3, gone=9)) == Holds(GateReason.SAMPLE_TOO_SMALL)
    assert verdict(gate, tally(None, success=2, failure=2)) == PASSED
    assert verdict(gate, tally(None, failure=4)) == Breached(GateReason.SUCCESS_SHARE_TOO_LOW)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (tally(2, gone=2), Holds(GateReason.SAMPLE_TOO_SMALL)),
        (tally(2, success=1, gone=1), Holds(GateReason.SAMPLE_TOO_SMALL)),
        (tally(2, success=2), PASSED),
        (tally(9, success=2, gone=7), Holds(GateReason.SAMPLE_TOO_SMALL)),
        (tally(9, success=3, gone=6), PASSED),
        (tally(9, failure=1, gone=8), Breached(GateReason.SUCCESS_SHARE_TOO_LOW)),
        (PhaseTally(9, 9, {Status.SUPERSEDED: 9}, margin=5), Holds(GateReason.SAMPLE_TOO_SMALL)),
    ],
)
def test_a_success_share_is_met_by_no_fewer_than_the_minimum_sample_or_all_there_are(
    counted: PhaseTally, expected: Verdict
) -> None:
    assert verdict(Gate(least_success_share=0.5, minimum_sample=3), counted) == expected


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Gate(most_failure_share=0.0, minimum_sample=2), GateReason.FAILURE_SHARE_TOO_HIGH),
        (Gate(most_timeout_share=0.0, minimum_sample=2), GateReason.TIMEOUT_SHARE_TOO_HIGH),
    ],
)
def test_a_share_of_failures_or_silence_is_kept_by_no_fewer_either(gate: Gate, reason: GateReason) -> None:
    assert verdict(gate, tally(2, gone=2)) == Holds(GateReason.SAMPLE_TOO_SMALL)
    assert verdict(gate, tally(9, success=1, gone=8)) == Holds(GateReason.SAMPLE_TOO_SMALL)
    assert verdict(gate, tally(9, success=2, gone=7)) == PASSED
    assert verdict(gate, tally(1, success=1)) == PASSED
    assert verdict(gate, tally(9, timed_out=1, gone=8)) == Breached(reason)


def test_of_a_phase_without_devices_no_share_is_demanded() -> None:
    assert verdict(Gate(most_failure_share=0.0), PhaseTally(0)) == PASSED


@given(gates.filter(lambda gate: gate.judges_by_share), phase_tallies, gate_facts)
def test_a_share_is_kept_on_evidence_alone(gate: Gate, counted: PhaseTally, facts: GateFacts) -> None:
    judged, known = counted.outcomes.judged, [each for each in (counted.size, counted.most) if each is not None]

    if evaluate(gate, counted, facts) == PASSED:
        assert judged >= min([gate.minimum_sample, *known])


@given(gates, phase_tallies, gate_facts)
def test_a_gate_that_judges_by_no_share_waits_for_no_sample_once_its_phase_is_through(
    gate: Gate, counted: PhaseTally, facts: GateFacts
) -> None:
    settled = replace(facts, through_at=facts.now)
    counting = replace(gate, least_success_share=None, most_failure_share=None, most_timeout_share=None)

    assert evaluate(counting, counted, settled) != Holds(GateReason.SAMPLE_TOO_SMALL)


def test_a_gate_that_lacks_a_sample_is_watched_until_its_soak_is_over() -> None:
    """A soak is what keeps looks coming once all devices have ended."""
    gate, facts = Gate(least_success_share=0.5, soak=HOUR, needs_approval=True), GateFacts(NOW + HOUR, through_at=NOW)

    assert verdict(gate, tally(2, gone=2), GateFacts(NOW)) == Holds(GateReason.SOAKING, NOW + HOUR)
    assert verdict(gate, tally(2, gone=2), replace(facts, approved=True)) == Holds(GateReason.SAMPLE_TOO_SMALL)


STRICT_SAMPLE = Gate(most_failures=0, minimum_sample=2)


@pytest.mark.parametrize(
    ("ended", "let_in", "through"),
    [(100, 120, True), (99, 100, False), (80, 80, True), (80, 81, False), (79, 79, False), (2, 2, False)],
)
def test_a_phase_of_about_so_many_devices_is_through_with_fewer_only_when_nobody_is_left_at_work(
    ended: int, let_in: int, *, through: bool
) -> None:
    assert is_through(STRICT_SAMPLE, PhaseTally(100, let_in, {Status.SUCCESS: ended}, margin=20)) is through


@pytest.mark.parametrize(("ended", "through"), [(0, False), (1, False), (2, True)])
def test_a_phase_of_few_devices_or_none_is_through_with_no_fewer_than_the_minimum_sample(
    ended: int, *, through: bool
) -> None:
    assert is_through(STRICT_SAMPLE, PhaseTally(4, ended, {Status.SUCCESS: ended}, margin=5)) is through


@pytest.mark.parametrize(("let_in", "said"), [(0, Holds(GateReason.SAMPLE_TOO_SMALL)), (1, PASSED)])
def test_a_phase_sized_to_nobody_demands_one_success_before_a_share_of_them_is_met(let_in: int, said: Verdict) -> None:
    sized_to_nobody = PhaseTally(0, let_in, {Status.SUCCESS: let_in}, margin=3)

    assert verdict(Gate(least_success_share=1.0, minimum_sample=1), sized_to_nobody) == said
    assert verdict(Gate(most_failures=0, minimum_sample=1), PhaseTally(0)) == PASSED


def test_a_gate_that_is_content_with_less_is_so_with_less_of_about_so_many() -> None:
    gate = replace(STRICT_SAMPLE, least_ended_share=0.5)

    assert is_through(gate, PhaseTally(100, 60, {Status.SUCCESS: 50}, margin=20))
    assert is_through(gate, PhaseTally(100, 40, {Status.SUCCESS: 40}, margin=20))
    assert not is_through(gate, PhaseTally(100, 39, {Status.SUCCESS: 39}, margin=20))


@pytest.mark.parametrize(
    ("tally", "all_ended"),
    [
        (PhaseTally(2, 2, {Status.SUCCESS: 2}), True),
        (PhaseTally(2, 2, {Status.SUCCESS: 1}), False),
        (PhaseTally(0), True),
        (PhaseTally(None, 2, {Status.SUCCESS: 2}), False),
        (PhaseTally(2, 2, {Status.SUCCESS: 2}, margin=1), False),
        (PhaseTally(4, 2, {Status.SUCCESS: 2}, most=2), True),
        (PhaseTally(4, 2, {Status.SUCCESS: 2}, margin=1, most=2), True),
        (PhaseTally(None, 2, {Status.SUCCESS: 2}, most=2), True),
        (PhaseTally(2, 2, {Status.SUCCESS: 2}, margin=1, most=3), False),
    ],
)
def test_that_all_have_ended_is_said_only_where_it_is_certain(tally: PhaseTally, *, all_ended: bool) -> None:
    assert tally.have_all_ended is all_ended


@pytest.mark.parametrize(
    ("size", "margin", "expected"),
    [
        (4, 0, Breached(GateReason.SUCCESS_SHARE_TOO_LOW)),
        (1_000, 30, Breached(GateReason.SUCCESS_SHARE_TOO_LOW)),
        (None, 0, Breached(GateReason.SUCCESS_SHARE_TOO_LOW)),
    ],
)
def test_a_phase_that_has_more_devices_than_there_are_places_is_judged_by_those_that_are_let_in(
    size: int | None, margin: int, expected: Verdict
) -> None:
    gate = Gate(least_success_share=0.9, minimum_sample=5)
    limited = PhaseTally(size, 2, margin=margin, most=2)

    assert isinstance(verdict(gate, replace(limited, ended={Status.SUCCESS: 1})), Holds)
    assert verdict(gate, replace(limited, ended={Status.FAILURE: 2})) == expected
    assert verdict(gate, replace(limited, ended={Status.SUCCESS: 2})) == PASSED
    assert verdict(gate, replace(limited, let_in=0, most=0)) == PASSED


def test_as_many_places_as_devices_change_nothing() -> None:
    gate = Gate(least_success_share=0.5, minimum_sample=2)

    assert is_through(gate, PhaseTally(None, 2, {Status.SUCCESS: 2}, most=9))
    assert not is_through(gate, PhaseTally(4, 2, {Status.SUCCESS: 2}, most=4))
    assert is_through(replace(gate, least_ended_share=0.5), PhaseTally(4, 2, {Status.SUCCESS: 2}, most=4))


@pytest.mark.parametrize("least", [0.07, 0.29, 0.57, 0.95, 0.995, 1.0])
def test_a_share_that_is_just_met_is_met(least: float) -> None:
    succeeded = round(least * 1_000)

    assert (
        verdict(Gate(least_success_share=least), tally(1_000, success=succeeded, failure=1_000 - succeeded)) == PASSED
    )


@given(st.dictionaries(st.sampled_from(NEITHER_WAY), st.integers(0, 5)), phase_tallies, gates, gate_facts)
def test_a_device_that_could_do_nothing_counts_neither_way(
    gone: dict[Status, int], counted: PhaseTally, gate: Gate, facts: GateFacts
) -> None:
    """It does end its part of the phase."""
    without = replace(counted, ended={status: n for status, n in counted.ended.items() if status not in NEITHER_WAY})
    beside = replace(without, ended={**without.ended, **gone})
    settled = replace(facts, through_at=facts.now)

    assert evaluate(gate, beside, settled) == evaluate(gate, without, settled)
    assert beside.outcomes.ended == without.outcomes.ended + sum(gone.values())


def test_a_device_that_had_it_already_has_succeeded() -> None:
    counted = PhaseTally(2, 2, {Status.ALREADY_INSTALLED: 1, Status.FAILURE: 1})

    assert verdict(Gate(least_success_share=0.5), counted) == PASSED


def test_a_phase_without_devices_is_through_and_well() -> None:
    gate = Gate(least_success_share=1.0, most_failure_share=0.0, most_timeout_share=0.0)

    assert is_through(gate, PhaseTally(0))
    assert verdict(gate, PhaseTally(0)) == PASSED


def test_after_the_last_device_come_the_soak_the_signal_and_the_approval() -> None:
    gate = Gate(soak=HOUR, signal=ALARM, needs_approval=True)
    through, facts = tally(1, success=1), GateFacts(NOW + HOUR, through_at=NOW)

    assert verdict(gate, tally(1), facts=GateFacts(NOW)) == Holds(GateReason.DEVICES_OUTSTANDING)
    assert verdict(gate, through, GateFacts(NOW)) == Holds(GateReason.SOAKING, NOW + HOUR)
    early = replace(facts, now=facts.now - timedelta(milliseconds=1))
    assert verdict(gate, through, early) == Holds(GateReason.SOAKING, NOW + HOUR)
    assert verdict(gate, through, facts) == Holds(GateReason.SIGNAL_UNKNOWN)
    well = replace(facts, signal=SignalState.OK)
    assert verdict(gate, through, well) == Holds(GateReason.NEEDS_APPROVAL)
    assert verdict(gate, through, replace(well, approved=True)) == PASSED


@pytest.mark.parametrize("gate", [Gate(soak=HOUR), Gate(signal=ALARM), Gate(needs_approval=True)])
def test_whatever_a_gate_asks_for_it_is_asked_after_the_last_device(gate: Gate) -> None:
    assert verdict(gate, tally(1)) == Holds(GateReason.DEVICES_OUTSTANDING)
    assert verdict(gate, tally(1, success=1)) != PASSED


def test_an_alarm_breaches_at_any_time_and_only_a_gate_that_asks_for_it() -> None:
    facts = GateFacts(NOW, signal=SignalState.ALARM)

    assert verdict(Gate(signal=ALARM), tally(), facts) == Breached(GateReason.SIGNAL_ALARM)
    assert verdict(Gate(soak=HOUR), tally(), facts) == Holds(GateReason.DEVICES_OUTSTANDING)


def test_what_goes_wrong_during_the_soak_breaches() -> None:
    """A success that is withdrawn is a failure."""
    gate = Gate(most_failures=0, soak=HOUR)
    facts = GateFacts(NOW + HOUR / 2, through_at=NOW)

    assert verdict(gate, tally(2, success=2), facts) == Holds(GateReason.SOAKING, NOW + HOUR)
    assert verdict(gate, tally(2, success=1, failure=1), facts) == Breached(GateReason.TOO_MANY_FAILURES)


def overruling(gate: Gate, counted: PhaseTally, facts: GateFacts) -> GateFacts:
    """The facts once an operator has overruled all that is wrong."""
    return replace(facts, overruled=Overruled(frozenset(breaches(gate, counted, facts)), counted.outcomes))


@given(gates, phase_tallies, gate_facts)
def test_what_was_overruled_is_not_reported_again_for_the_same_counts(
    gate: Gate, counted: PhaseTally, facts: GateFacts
) -> None:
    assert not isinstance(evaluate(gate, counted, overruling(gate, counted, facts)), Breached)


@pytest.mark.parametrize(
    ("gate", "overruled", "no_worse", "worse"),
    [
        (Gate(most_failures=1), tally(failure=2), tally(success=5, failure=2), tally(success=5, failure=3)),
        (
            Gate(most_failure_share=0.1),
            tally(99, success=8, failure=2),
            tally(99, success=12, failure=3),
            tally(99, success=11, failure=3),
        ),
        (
            Gate(least_success_share=0.9),
            tally(10, success=8, failure=2),
            tally(10, success=8, failure=2),
            tally(10, success=7, failure=3),
        ),
        (Gate(most_failures=0, most_timeouts=0), tally(timed_out=1), tally(timed_out=1), tally(timed_out=1, failure=1)),
    ],
)
def test_a_breach_counts_again_once_its_number_or_share_is_worse_than_when_it_was_overruled(
    gate: Gate, overruled: PhaseTally, no_worse: PhaseTally, worse: PhaseTally
) -> None:
    facts = overruling(gate, overruled, GateFacts(NOW))

    assert isinstance(verdict(gate, overruled), Breached)
    assert not isinstance(verdict(gate, no_worse, facts), Breached)
    assert isinstance(verdict(gate, worse, facts), Breached)


def test_a_limit_that_held_when_another_was_overruled_is_not_overruled() -> None:
    """One failure of one device was too small a sample for a share then."""
    gate = Gate(most_failure_share=0.5, minimum_sample=2, signal=ALARM)
    facts = overruling(gate, tally(99, failure=1), GateFacts(NOW, signal=SignalState.ALARM))

    assert verdict(gate, tally(99, failure=3, success=1), facts) == Breached(GateReason.FAILURE_SHARE_TOO_HIGH)


@given(gates, phase_tallies, gate_facts)
def test_only_a_soak_ends_by_time_alone_and_then_it_has_ended(
    gate: Gate, counted: PhaseTally, facts: GateFacts
) -> None:
    given_verdict = evaluate(gate, counted, facts)

    if isinstance(given_verdict, Holds) and given_verdict.until:
        assert given_verdict.reason is GateReason.SOAKING
        assert given_verdict.until > facts.now
        later = replace(facts, now=given_verdict.until, through_at=facts.through_at or facts.now)
        assert evaluate(gate, counted, later) != given_verdict
