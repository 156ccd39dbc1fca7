"""Identifiers that callers choose or repeat, and what of them can be one (data model 0)."""

from __future__ import annotations

import re

MOST_ID_BYTES = 256
ESCAPED = re.compile(r"[%#\x00-\x1f\x7f]")
"""What is written as `%XX` where an id is part of a key, and counts as three bytes."""


def is_possible_id(identifier: str) -> bool:
    """Tell whether anything can have this id: text of 1 to 256 bytes in the form that keys hold it."""
    try:
        size = len(identifier.encode()) + 2 * len(ESCAPED.findall(identifier))
    except UnicodeEncodeError:
        return False
    return 0 < size <= MOST_ID_BYTES
