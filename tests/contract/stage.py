"""A seeded workspace for calls that change it, and the credentials that an OpenAPI document asks for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from unittest.mock import patch

from tests.support.seeds import PASSWORD, SeededApp, seeded_app

Prepare = Callable[[SeededApp], object]


def _nothing_more(_seeds: SeededApp) -> None:
    """What is always seeded is enough."""


class Stage:
    """A seeded workspace that can be made anew; its ids, tokens and API keys stay the same.

    `prepare` is called each time, for what else is to stay the same.
    """

    def __init__(self, prepare: Prepare) -> None:
        self._stack = ExitStack()
        self._prepare = prepare
        self.seeds: SeededApp = self._seeded()

    def renew(self) -> None:
        self.close()
        self.seeds = self._seeded()

    def _seeded(self) -> SeededApp:
        numbers = count(1)
        seeds = self._stack.enter_context(seeded_app())
        with patch("sluiceway.usecases.api_keys.secrets.token_urlsafe", lambda _bytes: f"{next(numbers):043d}"):
            self._prepare(seeds)
        return seeds

    def close(self) -> None:
        self._stack.close()

    def credentials(self, schemes: list[Mapping[str, object]]) -> str | None:
        """The Authorization header that an operation's security asks for."""
        basic = b64encode(f"{self.seeds.workspace.username}:{PASSWORD}".encode()).decode()
        headers = {
            "user": f"Bearer {self.seeds.workspace.token}",
            "device": f"Bearer {self.seeds.updating.token}",
            "password": f"Basic {basic}",
            "api_key": f"Bearer {self.seeds.program.key}",
        }
        return next((headers[name] for scheme in schemes for name in scheme), None)


@contextmanager
def staged(prepare: Prepare = _nothing_more) -> Iterator[Stage]:
    """A stage for the length of a block."""
    stage = Stage(prepare)
    try:
        yield stage
    finally:
        stage.close()
