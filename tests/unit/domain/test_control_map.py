"""What a control map says (mender contract 9.6)."""

from __future__ import annotations

import pytest
from hypothesis import given

from sluiceway.domain.control_map import PASS, Action, ActionOnExpiry, ControlMap, Instruction, Point, instruct
from tests.support.control_maps import actions, actions_on_expiry, control_maps

CONTINUE, FORCE, PAUSE, FAIL = Action


@pytest.mark.parametrize(
    ("action", "filled"),
    [
        (None, Instruction(CONTINUE, ActionOnExpiry.CONTINUE, CONTINUE)),
        (CONTINUE, Instruction(CONTINUE, ActionOnExpiry.CONTINUE, CONTINUE)),
        (FORCE, Instruction(FORCE, ActionOnExpiry.FORCE_CONTINUE, FORCE)),
        (PAUSE, Instruction(PAUSE, ActionOnExpiry.FAIL, PAUSE)),
        (FAIL, Instruction(FAIL, ActionOnExpiry.FAIL, FAIL)),
    ],
)
def test_what_is_left_out_follows_from_the_action(action: Action | None, filled: Instruction) -> None:
    assert instruct(action) == filled


@given(actions, actions_on_expiry, actions)
def test_what_is_said_is_kept(action: Action, on_map_expire: ActionOnExpiry, on_action_executed: Action) -> None:
    kept = Instruction(action, on_map_expire, on_action_executed)
    assert instruct(action, on_map_expire, on_action_executed) == kept


@given(control_maps)
def test_a_map_halts_when_one_action_pauses_or_fails(control_map: ControlMap) -> None:
    said = {instruction.action for instruction in control_map.states.values()}
    assert control_map.halts is not said.isdisjoint({PAUSE, FAIL})


def test_what_is_done_on_expiry_and_afterwards_does_not_halt() -> None:
    assert not ControlMap(0, {Point.INSTALL: Instruction(CONTINUE, ActionOnExpiry.FAIL, PAUSE)}).halts
    assert not PASS.halts
