from __future__ import annotations

from hypothesis import given, settings

from sluiceway.domain.rollout_effects import Cause
from sluiceway.domain.rollout_run import RolloutRun
from sluiceway.storage.attributes import deserialise, serialise
from sluiceway.storage.rollout_items import read_cause, read_run, run_item
from tests.support.rollouts import causes, runs
from tests.support.soak import examples


@settings(max_examples=examples(60))
@given(runs)
def test_a_run_is_read_as_it_was_stored(run: RolloutRun) -> None:
    assert read_run(deserialise(serialise(run_item(run)))) == run


def test_before_the_first_look_there_is_nothing_to_read() -> None:
    assert read_run(None) == RolloutRun()
    assert run_item(RolloutRun()) == {}


@given(causes)
def test_a_cause_is_read_by_its_code(cause: Cause) -> None:
    assert read_cause(str(cause)) is cause
