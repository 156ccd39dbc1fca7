"""Reading multipart bodies (mender contract 2.1)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid
from sluiceway.http.multipart import MOST_PARTS, Part, read_parts

FORM = "multipart/form-data; boundary=limit"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_-0123456789", min_size=1, max_size=20)


def part(name: str, content: bytes, boundary: bytes = b"limit") -> bytes:
    return b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name.encode(), content)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--limit--\r\n"


def names(content_type: str, body: bytes) -> list[str]:
    return [each.name for each in read_parts(content_type, body, last="artifact")]


@given(
    parts=st.lists(st.tuples(NAMES.filter(lambda name: name != "artifact"), st.binary(max_size=200)), max_size=6),
    boundary=st.text("abcXYZ0189'()+_,-./:=?", min_size=1, max_size=70),
)
def test_parts_come_in_order_with_every_byte(parts: list[tuple[str, bytes]], boundary: str) -> None:
    sent = [(name, content.replace(b"\n--", b"\n__")) for name, content in parts]
    body = b"".join(part(name, content, boundary.encode()) for name, content in sent)
    closed = body + b"--" + boundary.encode() + b"--\r\n"
    read = read_parts(f'multipart/form-data; boundary="{boundary}"', closed, last="artifact")
    assert read == [Part(name, content) for name, content in sent]


@given(content_type=st.text() | st.just(FORM), body=st.binary())
def test_no_body_crashes_the_reader(content_type: str, body: bytes) -> None:
    with suppress(Invalid):
        read_parts(content_type, body, last="artifact")


@given(st.data())
def test_no_damage_to_a_form_crashes_the_reader(data: st.DataObject) -> None:
    whole = form(part("size", b"4"), part("artifact", b"1234"))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    body = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]
    with suppress(Invalid):
        read_parts(FORM, body, last="artifact")


def test_names_are_matched_in_any_case() -> None:
    assert names(FORM, form(part("Size", b"1"), part("ARTIFACT", b"x"))) == ["size", "artifact"]


def test_reading_stops_at_the_last_part() -> None:
    assert names(FORM, form(part("artifact", b"x"), part("size", b"1"), part("artifact", b"y"))) == ["artifact"]


def test_garbage_after_the_last_part_is_ignored() -> None:
    assert names(FORM, part("artifact", b"x") + b"--limit\r\nno header at all\r\n\r\n") == ["artifact"]


@pytest.mark.parametrize("media_type", ["multipart/form-data", "multipart/mixed", "Multipart/Form-Data"])
def test_both_kinds_of_multipart_are_read(media_type: str) -> None:
    assert names(f"{media_type}; boundary=limit", form(part("artifact", b"x"))) == ["artifact"]


@pytest.mark.parametrize("content_type", ["application/json", "", "multipart/related; boundary=limit", "\u20ac"])
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(Invalid, match="request Content-Type isn't multipart/form-data"):
        names(content_type, form(part("artifact", b"x")))


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(Invalid, match="no multipart boundary"):
        names(content_type, form(part("artifact", b"x")))


def test_a_boundary_longer_than_the_standard_allows_is_refused() -> None:
    with pytest.raises(Invalid, match="malformed multipart boundary"):
        names(f"multipart/form-data; boundary={'x' * 300}", b"")


def test_a_body_that_breaks_off_in_the_last_part_is_refused() -> None:
    with pytest.raises(Invalid, match="unexpected end"):
        names(FORM, form(part("artifact", b"x"))[:-12])


@pytest.mark.parametrize("body", [b"", b"--limit--\r\n"])
def test_an_empty_form_has_no_parts(body: bytes) -> None:
    assert names(FORM, body) == []


def test_a_part_without_a_name_has_an_empty_one() -> None:
    assert names(FORM, b"--limit\r\nContent-Type: text/plain\r\n\r\nx\r\n--limit--") == [""]


def test_a_file_name_does_not_name_the_part() -> None:
    header = b'Content-Disposition: form-data; filename="artifact"; name="other"'
    assert names(FORM, b"--limit\r\n" + header + b"\r\n\r\nx\r\n--limit--") == ["other"]


def test_more_parts_than_anybody_sends_are_refused() -> None:
    with pytest.raises(Invalid, match=f"more than {MOST_PARTS} parts"):
        names(FORM, form(*[part("other", b"")] * (MOST_PARTS + 1)))


def test_as_many_parts_as_allowed_are_read() -> None:
    most = [part("other", b"")] * (MOST_PARTS - 1)
    assert len(names(FORM, form(*most, part("artifact", b"x")))) == MOST_PARTS
