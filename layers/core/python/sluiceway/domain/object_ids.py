"""Ids of 24 hexadecimal digits, which begin with the time of what they name (losant contract 1.1).

Where the same thing must get the same id again, the other digits are a digest of what it is; else they are random.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

_TIME_DIGITS = 8
_OTHER_DIGITS = 16
_LATEST = 0xFFFF_FFFF
_OBJECT_ID = re.compile(rf"[0-9a-f]{{{_TIME_DIGITS + _OTHER_DIGITS}}}")


def make_object_id(created: datetime, unique: str) -> str:
    """Return the id of something new; `unique` is a fresh UUID, of which the last half is used."""
    return _seconds(created) + unique.replace("-", "")[-_OTHER_DIGITS:]


def repeatable_object_id(created: datetime, *parts: str) -> str:
    """Return the id that these parts, which hold no `/`, have whenever they are named together."""
    return _seconds(created) + hashlib.sha256("/".join(parts).encode()).hexdigest()[:_OTHER_DIGITS]


def application_id(workspace: str) -> str:
    """Return what a workspace is called where ids are object ids: nothing is stored to find it."""
    return hashlib.sha256(workspace.encode()).hexdigest()[: _TIME_DIGITS + _OTHER_DIGITS]


def is_object_id(text: str) -> bool:
    """Tell whether a text, in lower case, can be such an id."""
    return _OBJECT_ID.fullmatch(text) is not None


def _seconds(moment: datetime) -> str:
    return f"{min(int(moment.timestamp()), _LATEST):0{_TIME_DIGITS}x}"
