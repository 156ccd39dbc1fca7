"""Applications as JSON (contract 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from losant._rendering import Rendering
from sluiceway.domain.times import rfc3339
from sluiceway.http.request import Request
from sluiceway.usecases.applications import Application, Counted

SORT_FIELDS: Mapping[str, Callable[[Application], str]] = {
    "name": lambda application: application.name,
    "id": lambda application: application.workspace,
    "creationDate": lambda application: rfc3339(application.created),
    "lastUpdated": lambda application: rfc3339(application.created),
}
"""A token sees one application: it is before and after all others."""
FILTER_FIELDS = ("name",)
_COUNTS: Mapping[str, Counted] = {
    "deviceCount": Counted.DEVICES,
    "flowCount": Counted.WORKFLOWS,
    "keyCount": Counted.ACCESS_KEYS,
    "apiTokenCount": Counted.TOKENS,
}


def parse_summary(request: Request) -> frozenset[Counted]:
    """Read what to count: only what is named, since most callers just try their token; other names count nothing."""
    names = (request.query_value("summaryInclude") or "").split(",")
    return frozenset(_COUNTS[name] for name in names if name in _COUNTS)


def application_json(rendering: Rendering, application: Application) -> dict[str, object]:
    """Render an application, which is a workspace: it belongs to nobody above it, and nothing of it changes."""
    created = rfc3339(application.created)
    content: dict[str, object] = {
        "id": rendering.application_id,
        "applicationId": rendering.application_id,
        "name": application.name,
        "description": "",
        "ownerId": rendering.application_id,
        "ownerType": "organization",
        "creationDate": created,
        "lastUpdated": created,
        "summary": {
            name: application.counts[counted] for name, counted in _COUNTS.items() if counted in application.counts
        },
    }
    return rendering.resource("application", content, "")
