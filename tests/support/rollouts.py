"""Gates, and what they depend on, for tests: strategies whose values meet often enough to matter."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import (
    Gate,
    GateFacts,
    GateReason,
    Outcomes,
    Overruled,
    PhaseTally,
    Reaction,
    Signal,
    SignalKind,
    SignalState,
)
from tests.support.app import NOW

_FEW = st.integers(0, 8)
_SHARES = st.none() | st.sampled_from([0.0, 0.1, 0.5, 0.95, 1.0])

spans = st.integers(0, 72).map(lambda hours: timedelta(hours=hours))
signals = st.builds(Signal, st.sampled_from(SignalKind), st.just("errors"))
gates = st.builds(
    Gate,
    least_success_share=_SHARES,
    most_failure_share=_SHARES,
    most_failures=st.none() | _FEW,
    most_timeout_share=_SHARES,
    most_timeouts=st.none() | _FEW,
    minimum_sample=_FEW,
    soak=st.just(timedelta(0)) | spans,
    needs_approval=st.booleans(),
    signal=st.none() | signals,
    on_breach=st.sampled_from(Reaction),
)
phase_tallies = st.builds(
    PhaseTally,
    size=st.none() | _FEW,
    let_in=_FEW,
    ended=st.dictionaries(st.sampled_from([status for status in Status if status.is_final]), _FEW, max_size=4),
)
outcomes = st.builds(Outcomes, _FEW, _FEW, _FEW, _FEW)
overrulings = st.builds(Overruled, st.frozensets(st.sampled_from(GateReason), max_size=3), outcomes)
gate_facts = st.builds(
    GateFacts,
    now=spans.map(lambda span: NOW + span),
    through_at=st.none() | spans.map(lambda span: NOW + span),
    approved=st.booleans(),
    signal=st.sampled_from(SignalState),
    overruled=st.none() | overrulings,
)
