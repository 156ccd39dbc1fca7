"""How often a password may be guessed: attempts are counted per mail address, anybody's or not (mender contract 5.1).

An attempt counts before the password is looked at, so that those made at the same time count as well; the right
password takes them all back. Who knows a mail address can thus keep its owner from logging in for a while, though not
from working: tokens that exist stay good.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import cast

from sluiceway.domain.errors import TooManyAttempts
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, Below, Delete, Equal, Key, Put, Update, Write
from sluiceway.usecases.service import Service

MOST_ATTEMPTS = 10
WINDOW = timedelta(minutes=15)
"""Begins with the first attempt that fails; what is counted in it is forgotten at its end."""


def count_attempt(service: Service, mail: str, now: datetime) -> None:
    """Count an attempt with a mail address in its normal form. Raises TooManyAttempts until the window has ended."""
    key = keys.login_attempts(mail)
    commit(service.table, lambda: (None, [_counting(service, key, now)]))


def forget_attempts(mail: str) -> Write:
    """Take back what was counted, since somebody knew the password."""
    return Delete(keys.login_attempts(mail))


def _counting(service: Service, key: Key, now: datetime) -> Write:
    stored = service.table.get(key)
    if stored is None:
        return _first(key, now, Absent())
    count, ends = cast("int", stored["n"]), cast("int", stored["ends"])
    left = from_milliseconds(ends) - now
    if left <= timedelta():
        return _first(key, now, Equal("ends", ends))
    if count >= MOST_ATTEMPTS:
        raise _too_many(left)
    return Update(key, add={"n": 1}, condition=AllOf((Equal("ends", ends), Below("n", MOST_ATTEMPTS))))


def _first(key: Key, now: datetime, condition: Absent | Equal) -> Write:
    ends = to_milliseconds(now + WINDOW)
    return Put(key, {"n": 1, "ends": ends, "ttl": ends // 1000 + 1}, condition)


def _too_many(left: timedelta) -> TooManyAttempts:
    seconds = math.ceil(left.total_seconds())
    return TooManyAttempts(
        f"too many failed logins with this mail address: try again in {seconds} seconds", retry_after=seconds
    )
