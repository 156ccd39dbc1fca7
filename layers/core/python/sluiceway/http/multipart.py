"""Reading multipart bodies: named parts, in the order they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from sluiceway.domain.errors import Invalid

MOST_PARTS = 100
"""Each costs more time than the few bytes that it needs would suggest."""
_MULTIPART = frozenset({b"multipart/form-data", b"multipart/mixed"})


class Part(NamedTuple):
    """One part; its name is in lower case, and empty when the part gave none."""

    name: str
    content: bytes


def read_parts(content_type: str, body: bytes, *, last: str) -> list[Part]:
    """Read the parts up to the first one with the name `last`; what comes after it is neither read nor checked.

    Raises Invalid for another content type, and for a body that breaks off or is malformed before that part has ended.
    """
    parser = _Parser(_boundary(content_type), last)
    try:
        parser.feed(body)
    except MultipartParseError as error:
        raise Invalid(f"malformed multipart body: {error}") from error
    return parser.parts


def _boundary(content_type: str) -> bytes:
    media_type, options = parse_options_header(content_type.encode("latin-1", "replace"))
    if media_type not in _MULTIPART:
        raise Invalid("request Content-Type isn't multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise Invalid("no multipart boundary param in Content-Type")
    return boundary


class _EndReached(Exception):
    """The last part that is wanted has ended; raised from a callback, as the parser has no other way to be stopped."""


@dataclass
class _Parser:
    """Collects what the parser calls out; a name or value may come in several pieces."""

    boundary: bytes
    last: str
    parts: list[Part] = field(default_factory=list)
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _content: bytearray = field(default_factory=bytearray)
    _is_complete: bool = False

    def feed(self, body: bytes) -> None:
        """Read the body as far as it is wanted."""
        try:
            self._make_parser().write(body)
        except _EndReached:
            return
        if body and not self._is_complete:
            raise MultipartParseError("unexpected end: the closing boundary is missing")

    def _make_parser(self) -> MultipartParser:
        try:
            return MultipartParser(
                self.boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_part_data": lambda data, start, end: self._content.extend(memoryview(data)[start:end]),
                    "on_part_end": self._end_part,
                    "on_end": self._complete,
                },
            )
        except FormParserError as error:
            raise Invalid(f"malformed multipart boundary: {error}") from error

    def _begin_part(self) -> None:
        if len(self.parts) == MOST_PARTS:
            raise MultipartParseError(f"more than {MOST_PARTS} parts")
        self._headers = {}
        self._content = bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _end_part(self) -> None:
        part = Part(_name_in(self._headers), bytes(self._content))
        self.parts.append(part)
        if part.name == self.last:
            raise _EndReached

    def _complete(self) -> None:
        self._is_complete = True


def _name_in(headers: Mapping[bytes, bytes]) -> str:
    _, options = parse_options_header(headers.get(b"content-disposition"))
    return options.get(b"name", b"").decode(errors="replace").lower()
