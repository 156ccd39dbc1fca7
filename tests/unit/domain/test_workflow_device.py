"""When a device counts as connected (losant contract 5.3), though not each of its calls is noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.domain.workflow_device import (
    CONNECTED_FOR,
    NOTE_CONTACT_EVERY,
    POLL_SECONDS,
    DeviceClass,
    WorkflowDevice,
)
from tests.support.app import NOW

SILENT = WorkflowDevice("w", "d", "gateway", DeviceClass.EDGE_COMPUTE, NOW, NOW)
THREE_INTERVALS = 3 * POLL_SECONDS
seconds = st.floats(0, 4 * THREE_INTERVALS)


def called(device: WorkflowDevice, at: datetime) -> WorkflowDevice:
    """The device after a call, which is noted or not."""
    return replace(device, last_seen=at) if device.is_contact_to_note(at) else device


@given(st.lists(seconds, max_size=20), st.floats(0, THREE_INTERVALS, exclude_max=True))
@example([119.9], 179.9)
def test_whose_last_call_is_younger_than_three_poll_intervals_is_connected(gaps: list[float], since: float) -> None:
    now, device = NOW, called(SILENT, NOW)
    for gap in gaps:
        now += timedelta(seconds=gap)
        device = called(device, now)

    assert device.is_connected(now + timedelta(seconds=since)) is True


@given(seconds)
def test_who_is_silent_for_longer_than_calls_go_unnoted_besides_is_not(more: float) -> None:
    device = called(SILENT, NOW)

    assert device.is_connected(NOW + CONNECTED_FOR + timedelta(seconds=more)) is False
    assert timedelta(seconds=THREE_INTERVALS) + NOTE_CONTACT_EVERY == CONNECTED_FOR
    assert SILENT.is_connected(NOW) is None
