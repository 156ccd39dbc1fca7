"""Times as the table keeps them: whole milliseconds where nothing else is said, of a moment since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Return the stored form of a moment."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(stored: int) -> datetime:
    """Return the moment that was stored."""
    return _EPOCH + stored * _MILLISECOND


def to_microseconds(moment: datetime) -> int:
    """Return the stored form of a moment of which every instant counts."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """Return the moment that was stored."""
    return _EPOCH + stored * _MICROSECOND


def stored_moment(moment: datetime | None) -> int | None:
    """Return the stored form of a moment that may not have come."""
    return None if moment is None else to_milliseconds(moment)


def read_moment(stored: int | None) -> datetime | None:
    """Return the moment that was stored, None when there was none."""
    return None if stored is None else from_milliseconds(stored)


def stored_span(span: timedelta) -> int:
    """Return the stored form of a span of time."""
    return span // _MILLISECOND


def read_span(stored: int) -> timedelta:
    """Return the span that was stored."""
    return stored * _MILLISECOND
