"""No form, however strange, is anything but an upload or a refusal in words (mender contract 2.1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mender._wire_uploads import parse_upload
from sluiceway.domain.errors import Invalid, TooLarge
from sluiceway.usecases.upload_artifact import Upload
from tests.unit.http.requests import request_for

TEXTS = st.binary(max_size=24) | st.text(max_size=24).map(str.encode) | st.integers().map(lambda n: str(n).encode())
UUIDS = st.uuids().map(lambda value: str(value).encode())
PARTS = st.lists(
    st.tuples(st.sampled_from(["size", "SIZE", "description", "artifact_id", "other", ""]), TEXTS | UUIDS), max_size=4
)


def parse(body: bytes) -> Upload | None:
    try:
        return parse_upload(request_for(body=body, content_type="multipart/form-data; boundary=edge"))
    except (Invalid, TooLarge) as refusal:
        if not str(refusal):
            raise
        return None


def form(parts: list[tuple[str, bytes]]) -> bytes:
    named = (b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), c) for n, c in parts)
    return b"".join(named) + b"--edge--\r\n"


@given(PARTS, st.binary(max_size=64))
def test_every_form_is_an_upload_of_the_whole_file_or_a_refusal(parts: list[tuple[str, bytes]], file: bytes) -> None:
    upload = parse(form([*parts, ("artifact", file)]))
    stated = [content for name, content in parts if name.lower() == "size"]
    if stated and stated[-1] != str(len(file)).encode():
        assert upload is None or int(stated[-1]) == len(file)
    elif upload is not None:
        assert upload.content.read() == file


@given(st.binary(max_size=200))
def test_every_body_is_an_upload_or_a_refusal(body: bytes) -> None:
    upload = parse(body)
    assert upload is None or upload.content.read() in body


@given(st.integers(0, 40), st.integers(-3, 3))
def test_02_decision_8_an_upload_is_taken_only_with_its_exact_size(length: int, error: int) -> None:
    upload = parse(form([("size", str(length + error).encode()), ("artifact", b"x" * length)]))
    assert (upload is not None) == (error == 0 and length > 0)
