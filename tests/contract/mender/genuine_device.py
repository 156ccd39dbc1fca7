"""A genuine mender-client, unmodified, as a device of its own (contract 12).

It runs in a mount namespace in which its two fixed paths, the identity script and the name of what is installed, lead
into a folder of the test: nothing outside that folder is written, and several devices run side by side.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from tests.support.service import RunningService

DEVICE_TYPE = "qemux86-64"
IDENTITY_SCRIPT = "/usr/share/mender/identity/mender-device-identity"
"""Prints `id=` and the device's name."""
_SETTINGS = "/etc/mender"
_STOPS_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class GenuineDevice:
    """A running mender-client; `name` is its identity, `folder` all it has."""

    name: str
    folder: Path

    @property
    def log(self) -> str:
        """What the program has printed."""
        return (self.folder / "log").read_text()


@contextmanager
def genuine_device(
    program: str, service: RunningService, folder: Path, name: str, **settings: object
) -> Iterator[GenuineDevice]:
    """Run `mender daemon` for the length of the block."""
    _prepare(service, folder, name, settings)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(_command(program, folder), stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield GenuineDevice(name, folder)
    finally:
        process.terminate()
        process.wait(_STOPS_WITHIN_SECONDS)


def _prepare(service: RunningService, folder: Path, name: str, settings: dict[str, object]) -> None:
    for each in ("identity", "settings", "data"):
        (folder / each).mkdir(parents=True)
    identity = folder / "identity" / PurePath(IDENTITY_SCRIPT).name
    identity.write_text(f"#!/bin/sh\necho id={shlex.quote(name)}\n")
    identity.chmod(0o755)
    (folder / "settings" / "artifact_info").write_text("artifact_name=factory\n")
    (folder / "device_type").write_text(f"device_type={DEVICE_TYPE}\n")
    configuration = {
        "ServerURL": service.mender["tls_url"],
        "ServerCertificate": service.mender["ca"],
        "UpdatePollIntervalSeconds": 1,
        "InventoryPollIntervalSeconds": 5,
        "RetryPollIntervalSeconds": 1,
        "DeviceTypeFile": str(folder / "device_type"),
        "DBus": {"Enabled": False},
        **settings,
    }
    (folder / "mender.conf").write_text(json.dumps(configuration))


def _command(program: str, folder: Path) -> list[str]:
    mounts = [
        f"mount --bind {shlex.quote(str(folder / own))} {fixed}"
        for own, fixed in (("identity", PurePath(IDENTITY_SCRIPT).parent), ("settings", _SETTINGS))
    ]
    daemon = shlex.join(
        [
            program,
            "--no-syslog",
            f"--config={folder / 'mender.conf'}",
            "--fallback-config=/nonexistent",
            f"--data={folder / 'data'}",
            "daemon",
        ]
    )
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", " && ".join([*mounts, f"exec {daemon}"])]


def can_make_namespaces() -> bool:
    """Tell whether this machine lets us run a program in a mount namespace."""
    trial = ["unshare", "--map-root-user", "--mount", "true"]
    return subprocess.run(trial, check=False, capture_output=True, env=os.environ).returncode == 0
