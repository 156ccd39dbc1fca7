"""Which device is calling, proven by its token against what is stored now (miru contract 8.3, data model 1.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sluiceway.domain.config_device import ConfigDevice, Presence
from sluiceway.storage.commit import commit
from sluiceway.storage.config_device_items import change_agent_version, note_contact
from sluiceway.storage.table import Write
from sluiceway.usecases.config_state import ConfigState, fresh_states, load_session_state
from sluiceway.usecases.config_tokens import read_device_token
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.service import Service

_NOTE_EVERY = timedelta(seconds=45)
"""Often enough to tell who is there from who is not, which takes a call in 60 seconds."""


def open_config_session(service: Service, token: str, now: datetime) -> ConfigState:
    """Prove a device by its token, and read what its configuration stands on, in one query.

    Raises Unauthenticated when the device was deleted, or activated again, since it was given the token.
    """
    workspace, device_id, epoch = read_device_token(service, token, now)
    return load_session_state(service, workspace, device_id, epoch)


def record_config_contact(service: Service, device: ConfigDevice, now: datetime) -> None:
    """Note when a device was last heard of, unless that is known to 45 seconds; a busy store is left alone."""
    is_noted = device.last_seen is not None and now - device.last_seen < _NOTE_EVERY
    if not is_noted or device.presence(now) is Presence.ACTIVATING:
        write_note(service, note_contact(device, now))


def update_agent_version(service: Service, state: ConfigState, version: str, now: datetime) -> ConfigDevice:
    """Note which version of its program a device runs.

    Raises Unauthenticated when it was activated again or deleted meanwhile.
    """
    states = fresh_states(service, state)

    def plan() -> tuple[ConfigDevice, list[Write]]:
        device = next(states).device
        if device.agent_version == version:
            return device, []
        change = change_agent_version(device, version, now)
        return replace(device, agent_version=version, updated=now), [change]

    return commit(service.table, plan)
