"""What a device reports about its part in a deployment: status and log (contract 9.4, 9.5). No pydantic: a hot path."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sluiceway.domain.device_deployment import REPORTABLE, Reported, Status
from sluiceway.domain.errors import Invalid
from sluiceway.domain.strict_json import Json
from sluiceway.http.json_body import json_object, text_member, text_members
from sluiceway.http.request import Request

LONGEST_SUBSTATE = 200
_REPORTABLE = {str(status) for status in REPORTABLE}
_MEBIBYTE = 1_048_576
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LINE_BREAK = re.compile("[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
"""Whatever some reader of a log takes for the end of a line."""


def parse_report(request: Request) -> Reported:
    """Read a status report. Raises Invalid for a word that a device may not report."""
    body = json_object(request)
    word = text_member(body, "status", longest=LONGEST_SUBSTATE)
    substate = text_member(body, "substate", longest=LONGEST_SUBSTATE, required=False)
    if word not in _REPORTABLE:
        raise Invalid(f"status: a device cannot report {word}.")
    return Reported(Status(word), substate or None)


def parse_log(request: Request) -> str:
    """Read a log and render it as it is shown: one line per message (contract 2.11). Raises Invalid."""
    messages = json_object(request).get("messages")
    if not isinstance(messages, list) or not messages:
        raise Invalid("no messages")
    return "".join(_line(message) for message in messages)


def _line(message: Json) -> str:
    if not isinstance(message, dict):
        raise Invalid("messages: each must be an object.")
    text = text_members(message, ("timestamp", "level", "message"), longest=_MEBIBYTE)
    level, shown = _on_one_line(text["level"]), _on_one_line(text["message"])
    return f"{_shown_time(text['timestamp'])} {level}: {shown}\n"


def _on_one_line(text: str) -> str:
    return _LINE_BREAK.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _shown_time(timestamp: str) -> str:
    """Render an RFC 3339 time as Go prints it in UTC: the fraction without trailing zeros, left out when zero."""
    found = _TIME.fullmatch(timestamp)
    if not found:
        raise Invalid("timestamp: must be a time in RFC 3339 form.")
    clock, fraction, offset = found.groups()
    shown = (fraction or "").rstrip("0")
    try:
        moment = datetime.fromisoformat(f"{clock.upper()}{offset.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("timestamp: no such time.") from None
    return f"{moment.replace(tzinfo=None).isoformat(' ')}{'.' if shown else ''}{shown} +0000 UTC"
