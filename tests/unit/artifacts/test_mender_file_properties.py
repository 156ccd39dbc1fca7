"""Rules that hold for every file: what was written is read, and nothing that was tampered with passes."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.artifacts.mender_writer import Payload
from tests.support.mender_files import Edits, mender_file, with_data
from tests.support.packings import Compression
from tests.support.soak import examples
from tests.unit.artifacts.mutations import Mutation, checksums, mutated, mutations, promises, read_or_refuse

COMPRESSIONS: tuple[Compression, ...] = ("none", "gz", "xz", "zst")
PAYLOAD = Payload(
    files={"a.bin": bytes(range(256)) * 5, "b.txt": b"text"},
    metadata={"k": ["v"]},
    provides={"p": "1"},
    depends={"d": ["2"]},
    clears_provides=["c.*"],
)
AUGMENT = Payload(files={"c.bin": b"c"})
VERIFIED = [
    mender_file(payloads=[PAYLOAD], compression=compression, version=version, signature=signature)
    for compression in COMPRESSIONS
    for version, signature in ((2, None), (3, None), (3, b"signature"))
]
ORIGINALS = [
    *VERIFIED,
    *(mender_file(payloads=[PAYLOAD], compression=compression, version=1) for compression in COMPRESSIONS),
    mender_file(payloads=[PAYLOAD], augment=AUGMENT, compression="none"),
]

texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=256)
file_names = st.from_regex(r"[A-Za-z0-9_\-.,]{1,256}", fullmatch=True).filter(lambda name: name not in {".", ".."})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=20), values, max_size=4),
    max_leaves=10,
)
json_objects = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda values: st.lists(values, max_size=4),
        max_leaves=5,
    ),
    max_size=4,
)


def sums(payload: Payload) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in payload.files.items()}


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(ORIGINALS), st.lists(mutations(), min_size=1, max_size=4))
def test_a_damaged_file_is_refused_and_never_crashes_the_reader(original: bytes, changes: list[Mutation]) -> None:
    artifact = read_or_refuse(mutated(original, changes))
    assert artifact is None or checksums(artifact).items() <= {**sums(PAYLOAD), **sums(AUGMENT)}.items()


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(VERIFIED), st.lists(mutations(), min_size=1, max_size=2))
def test_a_damaged_file_with_a_manifest_promises_the_same_or_is_refused(
    original: bytes, changes: list[Mutation]
) -> None:
    artifact = read_or_refuse(mutated(original, changes))
    assert artifact is None or promises(artifact) == promises(read_artifact(io.BytesIO(original)))


@pytest.mark.parametrize("version", [1, 2, 3])
@settings(max_examples=examples(150), deadline=None)
@given(change=mutations())
def test_a_damaged_archive_within_a_sound_one_never_passes_a_wrong_checksum(version: int, change: Mutation) -> None:
    for edits in (Edits(header_tar=change), Edits(data_tar=change), Edits(data_packed=change), Edits(manifest=change)):
        artifact = read_or_refuse(mender_file(payloads=[PAYLOAD], version=version, edits=edits))
        assert artifact is None or checksums(artifact) == sums(PAYLOAD)


@pytest.mark.parametrize("document", ["header-info", "headers/0000/type-info", "headers/0000/meta-data"])
@pytest.mark.parametrize("version", [1, 2, 3])
@settings(max_examples=examples(50), deadline=None)
@given(value=json_values)
def test_any_json_in_the_header_is_read_or_refused(version: int, document: str, value: object) -> None:
    edits = Edits(header=with_data(document, json.dumps(value).encode()))
    read_or_refuse(mender_file(version=version, compression="none", edits=edits))


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    assert read_or_refuse(data) is None


@settings(deadline=None)
@given(
    name=texts,
    device_types=st.lists(texts, min_size=1, max_size=5),
    files=st.dictionaries(file_names, st.binary(max_size=2000), max_size=4),
    metadata=st.none() | json_objects,
    compression=st.sampled_from(COMPRESSIONS),
    version=st.sampled_from([1, 2, 3]),
)
def test_what_was_written_is_read(
    *,
    name: str,
    device_types: list[str],
    files: dict[str, bytes],
    metadata: dict[str, object] | None,
    compression: Compression,
    version: int,
) -> None:
    payload = Payload(type="module", files=files, metadata=metadata)
    data = mender_file(name, device_types, compression=compression, version=version, payloads=[payload])
    artifact = read_artifact(io.BytesIO(data))
    assert (artifact.name, artifact.device_types_compatible) == (name, tuple(device_types))
    assert (artifact.format_version, artifact.size) == (version, len(data))
    assert (artifact.updates[0].type, artifact.updates[0].metadata) == ("module", metadata)
    assert checksums(artifact) == sums(payload)
