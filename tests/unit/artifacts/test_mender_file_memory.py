"""However large a file is, and however hard it tries, the reader holds little of it."""

from __future__ import annotations

import hashlib
import io
import lzma
import subprocess
import sys
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from backports import zstd

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.domain.errors import InvalidArtifact
from tests.support.mender_files import Edits, mender_file, with_data
from tests.support.packings import Compression
from tests.support.soak import is_soak

MIB = 1024**2
LIMIT = 64_000_000
CONTENT_SIZE = 160 * MIB
STREAM_SIZE = 1024 * MIB


class Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


COMPRESSORS: dict[Compression, Callable[[], Compressor]] = {
    "gz": lambda: zlib.compressobj(wbits=31),
    "xz": lzma.LZMACompressor,
    "zst": lambda: zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 25}),
}
XZ_LIKE_MENDER_ARTIFACT = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 64 * MIB}]

MEASURE = """
import sys
from pathlib import Path
from sluiceway.artifacts.mender_file import read_artifact
from tests.support.generated_file import GeneratedFile

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

path, size = sys.argv[1:]
stream = open(path, "rb") if path else GeneratedFile(int(size))
before = peak()
assert read_artifact(stream).updates[0].files[0].size == int(size)
print(peak() - before)
"""


def zeros_in_a_tar(size: int) -> Iterator[bytes]:
    header = tarfile.TarInfo("payload.bin")
    header.size = size
    yield header.tobuf(tarfile.USTAR_FORMAT)
    yield from (bytes(MIB) for _ in range(size // MIB))
    yield bytes(1024)


def file_of_zeros(compression: Compression, compressor: Compressor) -> bytes:
    """An artifact whose one file has nothing but zeros, made without ever holding them."""
    packed = b"".join([*map(compressor.compress, zeros_in_a_tar(CONTENT_SIZE)), compressor.flush()])
    digest = hashlib.sha256()
    for _ in range(CONTENT_SIZE // MIB):
        digest.update(bytes(MIB))
    empty = hashlib.sha256().hexdigest()
    edits = Edits(
        data_packed=lambda _: packed,
        manifest=lambda text: text.replace(empty.encode(), digest.hexdigest().encode()),
    )
    return mender_file(payload=b"", compression=compression, edits=edits)


def resident_bytes(path: Path | None, size: int = CONTENT_SIZE) -> int:
    """What reading a file, or else a generated one, adds to the peak of a fresh interpreter; native code included."""
    command = [sys.executable, "-c", MEASURE, str(path or ""), str(size)]
    environment = {"PYTHONPATH": ":".join(sys.path)}
    return int(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def traced_bytes(data: bytes) -> int:
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        read_artifact(stream)
    except InvalidArtifact:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("compression", COMPRESSORS)
def test_a_large_payload_is_read_in_bounded_memory(compression: Compression, tmp_path: Path) -> None:
    path = tmp_path / "large.mender"
    path.write_bytes(file_of_zeros(compression, COMPRESSORS[compression]()))
    assert path.stat().st_size < CONTENT_SIZE // 100
    assert resident_bytes(path) < LIMIT


@pytest.mark.timeout(900)
def test_a_stream_of_a_gibibyte_takes_no_more() -> None:
    """Of ten in a soak: the most that the API takes."""
    size = STREAM_SIZE * (10 if is_soak() else 1)
    assert resident_bytes(None, size) < LIMIT


def test_xz_holds_the_dictionary_of_mender_artifact_and_little_else(tmp_path: Path) -> None:
    path = tmp_path / "large.mender"
    compressor = lzma.LZMACompressor(filters=XZ_LIKE_MENDER_ARTIFACT)
    path.write_bytes(file_of_zeros("xz", compressor))
    assert 64 * MIB < resident_bytes(path) < 68 * MIB


@pytest.mark.parametrize("compression", ["none", "gz"])
def test_the_reader_itself_takes_less_than_a_mebibyte(compression: Compression) -> None:
    data = mender_file(payload=bytes(32 * MIB), compression=compression)
    assert traced_bytes(data) < MIB


@pytest.mark.parametrize(
    "document",
    [
        b'{"a":[' + b"{}," * 340_000 + b"{}]}",
        b'{"a":[' + b"[]," * 340_000 + b"[]]}",
        b'{"a":[' + b'{"":{}},' * 120_000 + b"{}]}",
        b'{"a":"' + "\U0001f600".encode() * 250_000 + b'"}',
    ],
)
def test_a_document_that_grows_when_parsed_stays_bounded(document: bytes) -> None:
    assert len(document) > 950_000
    edits = Edits(header=with_data("headers/0000/meta-data", document))
    assert traced_bytes(mender_file(edits=edits)) < LIMIT
