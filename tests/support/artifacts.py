"""Artifacts for tests: strategies for whole ones, and a short way to an ordinary one."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from sluiceway.domain.artifact_file import ArtifactFile, File, Update
from sluiceway.domain.artifacts import Artifact, StoredObject

_NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=5,
)
_SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
MOMENTS = _SECONDS.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
"""Moments in the milliseconds that storage keeps."""

files = st.builds(File, _NAMES, st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(0, 10**13), _SECONDS)
updates = st.builds(
    Update,
    type=st.none() | _NAMES,
    files=st.lists(files, max_size=3).map(tuple),
    metadata=st.none() | st.dictionaries(_NAMES, _JSON, max_size=3),
)
_several = st.lists(_NAMES, min_size=1, max_size=3).map(tuple)


@st.composite
def artifact_files(draw: st.DrawFn) -> ArtifactFile:
    """What any file that the reader accepts may say."""
    types = draw(_several)
    depends = draw(st.dictionaries(_NAMES, _NAMES | _several, max_size=3))
    return ArtifactFile(
        name=draw(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=300)),
        device_types_compatible=types,
        format_version=draw(st.integers(1, 3)),
        signed=draw(st.booleans()),
        updates=tuple(draw(st.lists(updates, min_size=1, max_size=2))),
        provides=draw(st.dictionaries(_NAMES, _NAMES, max_size=3)),
        depends={**depends, "device_type": types},
        clears_provides=draw(st.lists(_NAMES, max_size=3).map(tuple)),
        size=draw(st.integers(0, 10**13)),
    )


artifacts = st.builds(
    Artifact,
    workspace=st.just("w1"),
    id=st.uuids().map(str),
    order=st.uuids().map(lambda value: f"1773234000000-{value}"),
    description=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    modified=MOMENTS,
    file=artifact_files(),
    stored=st.builds(StoredObject, _NAMES, _NAMES, st.integers(0, 10**13)),
    used=st.booleans(),
    deleted=st.booleans(),
    rev=st.integers(0, 10),
)


def an_artifact_file(
    name: str = "app-1",
    device_types: tuple[str, ...] = ("board-a",),
    size: int = 5_120,
    **depends: str | tuple[str, ...],
) -> ArtifactFile:
    """An ordinary single file, for some device types and other depends."""
    file = File("payload.bin", "0" * 64, 8, datetime(2026, 3, 11, 12, 58, tzinfo=UTC))
    return ArtifactFile(
        name=name,
        device_types_compatible=device_types,
        format_version=3,
        signed=False,
        updates=(Update("single-file", (file,), None),),
        provides={"artifact_name": name},
        depends={"device_type": device_types, **depends},
        clears_provides=(),
        size=size,
    )
