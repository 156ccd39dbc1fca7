"""What a command on a deployment may be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from native._wire import WHOLE, NativeModel
from sluiceway.domain.plan import MOST_PHASES
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body


class MeantPhaseBody(NativeModel):
    """The body, which may be absent, that says which phase is meant, by its number from 1."""

    phase: Annotated[int, Field(ge=1, le=MOST_PHASES), WHOLE]


def parse_meant_phase(request: Request) -> int | None:
    """Read which phase is meant, by its number from 0; None leaves it to the moment. Raises Invalid."""
    return parse_body(MeantPhaseBody, request).phase - 1 if request.body else None
