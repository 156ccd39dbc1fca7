"""How often a password may be guessed: failures are counted per mail address, anybody's or not (mender contract 5.1).

What lasts are failures: each is counted before its caller hears of it, and no attempt is answered that ends when there
have been too many, so however many are made at once, no more than those few are of use. Beside that only so many may
begin in a span of seconds, to bound the work. Nothing has to be given back, so nothing stays when an attempt dies.

The right password takes the failures back. Who knows a mail address can thus keep its owner from logging in for a
while, though not from working: tokens that exist stay good.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import cast

from sluiceway.domain.errors import TooManyAttempts
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, Below, Condition, Equal, Item, Key, Update, Write
from sluiceway.usecases.service import Service

MOST_FAILURES = 10
WINDOW = timedelta(minutes=15)
"""Begins with the first failure; what is counted in it is forgotten at its end."""
MOST_AT_ONCE = 50
"""Attempts that begin within one span."""
SPAN = timedelta(seconds=2)


def begin_attempt(service: Service, mail: str, now: datetime) -> None:
    """Let an attempt with a mail address in its normal form begin. Raises TooManyAttempts, with when to try again."""
    key = keys.login_attempts(mail)
    commit(service.table, lambda: (None, [_begin(service, key, now)]))


def count_failure(service: Service, mail: str, now: datetime) -> None:
    """Count an attempt whose password was wrong. Raises TooManyAttempts when too many others were faster."""
    key = keys.login_attempts(mail)
    commit(service.table, lambda: (None, [_count(service, key, now)]))


def forget_failures(service: Service, mail: str, now: datetime) -> list[Write]:
    """Take failures back, since somebody knew the password. Raises TooManyAttempts when there were too many by then."""
    key = keys.login_attempts(mail)
    stored = service.table.get(key) or {}
    _refuse_too_many_failures(stored, now)
    if "n" not in stored:
        return []
    return [Update(key, remove=("n", "ends"), condition=_as_read(stored, "ends"))]


def _begin(service: Service, key: Key, now: datetime) -> Write:
    stored = service.table.get(key) or {}
    _refuse_too_many_failures(stored, now)
    span_ends, begun = cast("int", stored.get("span_ends", 0)), cast("int", stored.get("begun", 0))
    left = from_milliseconds(span_ends) - now
    if left <= timedelta():
        starts = {"begun": 1, "span_ends": to_milliseconds(now + SPAN), "ttl": _forgotten(now)}
        return Update(key, set=starts, condition=_as_read(stored, "span_ends"))
    if begun >= MOST_AT_ONCE:
        raise _too_many("logins with this mail address at once", left)
    return Update(key, add={"begun": 1}, condition=AllOf((Equal("span_ends", span_ends), Below("begun", MOST_AT_ONCE))))


def _count(service: Service, key: Key, now: datetime) -> Write:
    stored = service.table.get(key) or {}
    _refuse_too_many_failures(stored, now)
    same_window = _as_read(stored, "ends")
    if _failures(stored, now):
        return Update(key, add={"n": 1}, condition=AllOf((same_window, Below("n", MOST_FAILURES))))
    first = {"n": 1, "ends": to_milliseconds(now + WINDOW), "ttl": _forgotten(now)}
    return Update(key, set=first, condition=same_window)


def _failures(stored: Item, now: datetime) -> int:
    is_open = now < from_milliseconds(cast("int", stored.get("ends", 0)))
    return cast("int", stored["n"]) if is_open else 0


def _refuse_too_many_failures(stored: Item, now: datetime) -> None:
    if _failures(stored, now) >= MOST_FAILURES:
        left = from_milliseconds(cast("int", stored["ends"])) - now
        raise _too_many("failed logins with this mail address", left)


def _as_read(stored: Item, attribute: str) -> Condition:
    return Equal(attribute, cast("int", stored[attribute])) if attribute in stored else Absent(attribute)


def _forgotten(now: datetime) -> int:
    """When the whole item may go: no window that is open now ends later."""
    return to_milliseconds(now + WINDOW) // 1000 + 1


def _too_many(what: str, left: timedelta) -> TooManyAttempts:
    seconds = math.ceil(left.total_seconds())
    return TooManyAttempts(f"too many {what}: try again in {seconds} seconds", retry_after=seconds)
