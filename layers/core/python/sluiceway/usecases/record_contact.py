"""Noting that a device called, once an hour (data model 2.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sluiceway.domain.device import Device
from sluiceway.storage.device_items import device_key
from sluiceway.storage.moments import to_milliseconds
from sluiceway.storage.table import Present, Update
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.service import Service

NOTE_EVERY = timedelta(hours=1)


def record_contact(service: Service, device: Device, now: datetime) -> None:
    """Note when the device was last seen, unless that is known to the hour.

    Its `rev` does not change, so that nobody who decides about the device is held up. It may have been removed
    meanwhile: then there is nothing to note. A store that is too busy for it is left alone until the next call.
    """
    if device.last_seen is not None and now - device.last_seen < NOTE_EVERY:
        return
    note = Update(device_key(device), set={"last_seen": to_milliseconds(now)}, condition=Present())
    write_note(service, note)
