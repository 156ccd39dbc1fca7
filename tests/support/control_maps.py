"""Control maps for tests: any that could be stored."""

from __future__ import annotations

from hypothesis import strategies as st

from sluiceway.domain.control_map import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    Action,
    ActionOnExpiry,
    ControlMap,
    Instruction,
    Point,
)

actions = st.sampled_from(Action)
actions_on_expiry = st.sampled_from(ActionOnExpiry)
points = st.sampled_from(Point)
control_maps = st.builds(
    ControlMap,
    st.integers(LOWEST_PRIORITY, HIGHEST_PRIORITY),
    st.dictionaries(points, st.builds(Instruction, actions, actions_on_expiry, actions)),
)
