"""Damage done to `.mender` files, and what the reader makes of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.errors import InvalidArtifact

Mutation: TypeAlias = Callable[[bytes], bytes]


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """A change somewhere: a byte flipped, bytes cut out, put in or moved; positions are shares of the length."""
    kind = draw(st.sampled_from(["flip", "cut", "insert", "copy"]))
    at, to = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    flip, inserted = draw(st.integers(1, 255)), draw(st.binary(min_size=1, max_size=600))
    length = draw(st.sampled_from([1, 7, 100, 512, 1024, 3000]))

    def mutate(data: bytes) -> bytes:
        start, target = int(at * (len(data) - 1)), int(to * len(data))
        changed = {
            "flip": data[:start] + bytes([data[start] ^ flip]) + data[start + 1 :],
            "cut": data[:start] + data[start + length :],
            "insert": data[:start] + inserted + data[start:],
            "copy": data[:target] + data[start : start + length] + data[target:],
        }
        return changed[kind] or b"\0"

    return mutate


def mutated(data: bytes, changes: list[Mutation]) -> bytes:
    for change in changes:
        data = change(data)
    return data


def read_or_refuse(data: bytes) -> ArtifactFile | None:
    """Any exception but a refusal fails the test."""
    try:
        return read_artifact(io.BytesIO(data))
    except InvalidArtifact as refusal:
        reason = str(refusal)
    assert reason
    assert reason.isprintable()
    return None


def checksums(artifact: ArtifactFile) -> dict[str, str]:
    return {file.name: file.checksum for update in artifact.updates for file in update.files}


def promises(artifact: ArtifactFile) -> tuple[object, ...]:
    """Everything that a checksum covers: the times of files, the length and a signature are not."""
    updates = [
        (update.type, update.metadata, [(file.name, file.checksum, file.size) for file in update.files])
        for update in artifact.updates
    ]
    return artifact.name, artifact.provides, artifact.depends, artifact.clears_provides, updates
