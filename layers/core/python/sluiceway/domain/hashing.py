"""What looks like chance and is none: it follows from a text, and is the same wherever and whenever it is asked for."""

from __future__ import annotations

import hashlib
from math import nextafter

_HASHES = 2**64
_LARGEST_FRACTION = nextafter(1.0, 0.0)


def fraction_of(text: str) -> float:
    """Map a text to [0, 1), evenly."""
    return min(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / _HASHES, _LARGEST_FRACTION)
