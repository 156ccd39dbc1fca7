"""Artifacts made by the genuine mender-artifact (contract 11.9)."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.contract.mender.genuine_device import DEVICE_TYPE
from tests.support.genuine import require_program


def single_file_artifact(folder: Path, name: str, content: str, target: Path, *options: str) -> bytes:
    """An artifact that puts one file with this content into the folder `target` of a device."""
    files = {"dest_dir": f"{target}\n", "filename": "message.txt\n", "permissions": "644\n", "message.txt": content}
    return _module_image(folder, name, "single-file", files, *options)


def script_artifact(folder: Path, name: str, script: str, *options: str) -> bytes:
    """An artifact whose installation runs a shell script on the device."""
    return _module_image(folder, name, "script", {"run.sh": f"#!/bin/sh\n{script}\n"}, *options)


@dataclass(frozen=True, slots=True)
class Pause:
    """A state script of an artifact, in which an update waits until it is told to go on."""

    script: Path

    @classmethod
    def at(cls, folder: Path, state: str) -> Pause:
        """In a new folder, for a state like `ArtifactInstall_Leave`."""
        folder.mkdir()
        pause = cls(folder / f"{state}_00_pause")
        pause.script.write_text(f"#!/bin/sh\ntouch {pause._begun}\nwhile [ ! -e {pause._over} ]; do sleep 0.1; done\n")
        return pause

    @property
    def options(self) -> tuple[str, str]:
        """What puts it into an artifact."""
        return "-s", str(self.script)

    def has_begun(self) -> bool:
        return self._begun.exists()

    def end(self) -> None:
        self._over.touch()

    @property
    def _begun(self) -> Path:
        return self.script.with_name("begun")

    @property
    def _over(self) -> Path:
        return self.script.with_name("over")


def _module_image(folder: Path, name: str, module: str, files: dict[str, str], *options: str) -> bytes:
    source = folder / name
    source.mkdir(parents=True)
    arguments = []
    for file, content in files.items():
        (source / file).write_text(content)
        arguments += ["-f", str(source / file)]
    made = folder / f"{name}.mender"
    program = require_program("mender-artifact")
    kind = ["-t", DEVICE_TYPE, "-n", name, "-T", module]
    subprocess.run(
        [program, "write", "module-image", *kind, *arguments, "-o", str(made), *options],
        check=True,
        capture_output=True,
    )
    return made.read_bytes()
