"""What every resource and every list has beside its own members (contract 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from sluiceway.domain.object_ids import application_id
from sluiceway.http.endpoint import Call
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession

APPLICATIONS = "/applications"
_NO = frozenset({"false", "0"})
SUCCESS = as_json({"success": True})


def shows_links(request: Request) -> bool:
    """Tell whether links are wanted: they are unless the caller says no, as clients spell it."""
    return (request.query_value("_links") or "").lower() not in _NO


@dataclass(frozen=True, slots=True)
class Rendering:
    """What an answer is rendered with; it shows types and links together or not at all."""

    application_id: str
    shows_links: bool

    def resource(self, kind: str, content: dict[str, object], place: str, **places: str) -> dict[str, object]:
        """Add the type and links: the resource's own and others, as places below the application."""
        if not self.shows_links:
            return content
        below = {"self": place, **places, "application": ""}
        links = {name: {"href": self._path(path)} for name, path in below.items()}
        return {**content, "_type": kind, "_links": links}

    def _path(self, place: str) -> str:
        """Return a path from the root; only the list of applications is in none of them."""
        return place if place == APPLICATIONS else f"{APPLICATIONS}/{self.application_id}{place}"


def rendering(call: Call[ApplicationSession]) -> Rendering:
    """Return what the answer to a call is rendered with."""
    return Rendering(application_id(call.caller.workspace), shows_links(call.request))


def as_secret(content: dict[str, object]) -> Response:
    """Answer 201 with what holds a secret that nobody can read again."""
    return as_json(content, 201).with_headers({"cache-control": "no-store"})
