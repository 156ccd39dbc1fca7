"""The served OpenAPI document in front of the whole surface in memory."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import Any

from infra.local.gateway import Gateway
from infra.local.routing import Origin, Router
from mender._routes import ROOTS, ROUTES
from sluiceway.http.routes import DEFAULT, Route
from tests.support.app import handler_of
from tests.support.seeds import SeededApp
from tests.unit.structure.sources import EVENTS

DOCUMENT_PATH = "/docs/mender/openapi.json"
GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"mender.{route.module}")) for route in ROUTES))]))
DOCUMENTED = {route.module: route for route in ROUTES if route.path != DEFAULT}
_PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


def sample_event(route: Route, seeds: SeededApp) -> dict[str, Any]:
    """The sample of a route's event, which its handler answers with success."""
    text = (EVENTS / "mender" / f"{route.module.replace('.', '/')}.json").read_text()
    event: dict[str, Any] = json.loads(_PLACE.sub(lambda place: attrgetter(place[1])(seeds), text))["event"]
    return event
