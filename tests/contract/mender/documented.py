"""The served OpenAPI document in front of the whole surface in memory, and the credentials that it asks for."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from typing import Any

from infra.local.gateway import Gateway
from infra.local.routing import Origin, Router
from mender._routes import ROOTS, ROUTES
from sluiceway.http.routes import DEFAULT, Route
from tests.support.app import handler_of
from tests.support.seeds import PASSWORD, SeededApp, seeded_app
from tests.unit.structure.sources import EVENTS

DOCUMENT_PATH = "/docs/mender/openapi.json"
GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"mender.{route.module}")) for route in ROUTES))]))
DOCUMENTED = {route.module: route for route in ROUTES if route.path != DEFAULT}
_PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


class Stage:
    """A seeded workspace that can be made anew; its ids and tokens stay the same."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.seeds: SeededApp = self._stack.enter_context(seeded_app())

    def renew(self) -> None:
        self.close()
        self.seeds = self._stack.enter_context(seeded_app())

    def close(self) -> None:
        self._stack.close()

    def credentials(self, schemes: list[Mapping[str, object]]) -> str | None:
        """The Authorization header that an operation's security asks for."""
        basic = b64encode(f"{self.seeds.workspace.username}:{PASSWORD}".encode()).decode()
        headers = {
            "user": f"Bearer {self.seeds.workspace.token}",
            "device": f"Bearer {self.seeds.updating.token}",
            "password": f"Basic {basic}",
        }
        return next((headers[name] for scheme in schemes for name in scheme), None)


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage for the length of a block."""
    stage = Stage()
    try:
        yield stage
    finally:
        stage.close()


def sample_event(route: Route, seeds: SeededApp) -> dict[str, Any]:
    """The sample of a route's event, which its handler answers with success."""
    text = (EVENTS / "mender" / f"{route.module.replace('.', '/')}.json").read_text()
    event: dict[str, Any] = json.loads(_PLACE.sub(lambda place: attrgetter(place[1])(seeds), text))["event"]
    return event
