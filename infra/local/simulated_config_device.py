"""A device that syncs its configuration as the genuine program of version v0.8 does (miru contract 8.5): all but MQTT.

It keeps every deployment that it ever heard of, with where it stands, and believes of the service only the target. So a
deployment that simply vanishes from the list stays, and two of them with the target `deployed` stop everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.config_device_client import ConfigDeviceClient, Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class TwoTargetsError(Exception):
    """Two deployments are to be on the device at once: it can only wait for somebody to help."""


@dataclass
class Entry:
    """One deployment as the device knows it; `files` are instance ids by path."""

    id: str
    target: str
    activity: str
    files: Mapping[str, str]


@dataclass
class SimulatedConfigDevice:
    """One device, whose file system begins at `root`."""

    client: ConfigDeviceClient
    root: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    """By instance."""

    def wipe(self) -> None:
        """Lose everything but the key, as a machine that is installed anew."""
        self.entries.clear()
        self.contents.clear()

    def sync(self) -> None:
        """Do one cycle. Raises TwoTargetsError, and httpx.HTTPStatusError when any call is refused."""
        self.pull()
        self.apply()

    def pull(self) -> None:
        """Learn what is wanted, and fetch every file of every deployment that is known."""
        for listed in self.client.deployments():
            self._learn(listed)
        wanted = {instance_id for entry in self.entries.values() for instance_id in entry.files.values()}
        for instance_id in sorted(wanted - self.contents.keys()):
            self.contents[instance_id] = self.client.content(instance_id)

    def apply(self) -> None:
        """Remove what is to leave and write what is to be there, and report each step."""
        target = self._target()
        for entry in self.entries.values():
            if entry.target == "archived":
                self._remove(entry, kept=target.files if target else {})
        if target and target.activity == "queued":
            self._write(target)

    def files(self) -> Sequence[str]:
        """Return the paths of all files that are deployed."""
        return sorted(path for entry in self.entries.values() if entry.activity == "deployed" for path in entry.files)

    def read(self, filepath: str) -> bytes | None:
        """Return what is in a file of the device, None when there is none."""
        path = self._path(filepath)
        return path.read_bytes() if path.exists() else None

    def _learn(self, listed: Json) -> None:
        known = self.entries.get(listed["id"])
        if known:
            known.target = listed["target_status"]
            return
        files = {instance["filepath"]: instance["id"] for instance in listed["config_instances"]}
        self.entries[listed["id"]] = Entry(listed["id"], listed["target_status"], listed["activity_status"], files)

    def _target(self) -> Entry | None:
        targets = [entry for entry in self.entries.values() if entry.target == "deployed"]
        if len(targets) > 1:
            raise TwoTargetsError(", ".join(entry.id for entry in targets))
        return targets[0] if targets else None

    def _remove(self, entry: Entry, kept: Iterable[str]) -> None:
        if entry.activity == "deployed":
            self._advance(entry, "removing")
            for filepath in entry.files.keys() - set(kept):
                self._path(filepath).unlink(missing_ok=True)
        if entry.activity != "archived":
            self._advance(entry, "archived", archived_at=_now())

    def _write(self, entry: Entry) -> None:
        for filepath, instance_id in entry.files.items():
            path = self._path(filepath)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.contents[instance_id])
        self._advance(entry, "deployed", deployed_at=_now())

    def _advance(self, entry: Entry, activity: str, **times: str) -> None:
        entry.activity = activity
        self.client.report(entry.id, activity, **times)

    def _path(self, filepath: str) -> Path:
        return self.root / Path(filepath).relative_to("/")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
