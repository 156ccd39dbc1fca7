"""Device deployments for tests: strategies for any that could be stored, and for any event."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import (
    REPORTABLE,
    WITHDRAWN,
    Asked,
    CameBack,
    DeadlinePassed,
    DeviceDeployment,
    Event,
    HistoryDeleted,
    LogStored,
    Reopened,
    Reported,
    SilenceBegan,
    Status,
    TakenBack,
    Withdrawn,
    Withheld,
)
from sluiceway.domain.retry import RetryPolicy
from tests.support.artifacts import MOMENTS

_SPANS = st.integers(0, 10**10).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
_DIGESTS = st.sampled_from(["", "said-1", "said-2"])
_TEXTS = st.sampled_from(["", "a", "half way"])

policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 101),
    base=_SPANS,
    cap=_SPANS,
    factor=st.just(2) | st.floats(1, 10),
    jitter=st.just(0.5) | st.floats(0, 1),
    codes=st.frozensets(st.sampled_from(["no-network", "disk-full", "bad-image"])),
    penalty_after=st.none() | st.integers(1, 101),
    penalty=_SPANS,
)
_SECONDS = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))
deadlines = st.builds(Deadlines, *(st.none() | _SECONDS,) * 4)
statuses = st.sampled_from(Status)
rows = st.builds(
    DeviceDeployment,
    workspace=st.just("w"),
    deployment_id=st.uuids().map(str),
    device_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    order=st.uuids().map(lambda value: f"1773234000000-{value}"),
    shard=st.integers(0, 255),
    index_part=st.integers(0, 15),
    phase=st.integers(0, 20),
    is_planned=st.booleans(),
    deadlines=deadlines,
    withdraws_success=st.booleans(),
    previous=_TEXTS,
    restores=_TEXTS,
    undoes=_TEXTS,
    status=statuses,
    attempt=st.integers(1, 101),
    retry=policies,
    asked=st.none() | MOMENTS,
    offered=st.none() | MOMENTS,
    started=st.none() | MOMENTS,
    finished=st.none() | MOMENTS,
    not_before=st.none() | MOMENTS,
    deadline=st.none() | MOMENTS,
    late=st.booleans(),
    taken_back=st.booleans(),
    substate=_TEXTS,
    device_type=_TEXTS,
    artifact_id=_TEXTS,
    request_digest=_DIGESTS,
    has_log=st.booleans(),
    deleted=st.booleans(),
    rev=st.integers(0, 10**6),
)
reports = st.builds(Reported, st.sampled_from(sorted(REPORTABLE)), st.none() | _TEXTS)
asks = st.builds(
    Asked,
    st.sampled_from([Status.PENDING, Status.NOARTIFACT, Status.ALREADY_INSTALLED]),
    st.sampled_from(["said-1", "said-2"]),
    _TEXTS,
    _TEXTS,
    _TEXTS,
)
comebacks = st.builds(CameBack, _TEXTS)
withdrawals = st.builds(Withdrawn, st.sampled_from(sorted(WITHDRAWN)))
unspoken: st.SearchStrategy[Event] = st.sampled_from(
    [DeadlinePassed(), SilenceBegan(), Withheld(), LogStored(), TakenBack()]
)
reopenings = st.just(Reopened())
deletions = st.just(HistoryDeleted())
events = st.one_of(reports, asks, comebacks, withdrawals, unspoken, reopenings, deletions)
