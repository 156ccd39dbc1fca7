"""How the Miru dialect words what goes wrong, so that its clients repeat nothing in vain (miru contract 3.1, 3.2)."""

from __future__ import annotations

import json

from miru._errors import OBSTACLES, WORDINGS, refuse
from sluiceway.domain.errors import AnswerTooLarge, Unavailable
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller

REQUEST = Request("GET", "/v1/deployments", {}, (), {}, b"", "r")
REPEATED = {408, 409, 429}
"""What the genuine clients send again, beside all from 500 on, unless they are told not to."""


def test_an_answer_that_is_too_large_is_refused_once_and_says_what_to_do() -> None:
    answer = refuse(AnswerTooLarge("too large"), REQUEST, Caller.PROGRAM)
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) == (413, "payload_too_large")
    assert error["message"].startswith("too large. Ask for fewer")


def test_clients_repeat_what_may_succeed_later_and_nothing_else() -> None:
    repeated = {each for each, wording in WORDINGS.items() if wording.status in REPEATED or wording.status >= 500}
    assert {WORDINGS[each].status for each in repeated - {Unavailable}} == {409}, "which are told not to"
    assert {wording.status for wording in OBSTACLES.values()} == {409}
    assert refuse(Unavailable("busy"), REQUEST, Caller.PROGRAM).headers["x-should-retry"] == "true"
