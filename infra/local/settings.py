"""What the operator chooses, from the environment (`make` passes its variables on)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LocalCloudError

_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Settings:
    """`folder` is where the running service leaves its credentials and logs; `state` is kept, None drops everything."""

    folder: Path
    port: int
    tls_port: int
    state: Path | None

    @property
    def kept(self) -> Path:
        """Where what outlives a run goes."""
        return self.state or self.folder


def read_settings(environment: Mapping[str, str], folder: Path) -> Settings:
    """PORT, TLS_PORT (0: any free one) and STATE; an empty variable counts as absent. Raises LocalCloudError."""
    state = environment.get("STATE")
    return Settings(
        folder=folder.resolve(),
        port=_port(environment, "PORT", 8080),
        tls_port=_port(environment, "TLS_PORT", 8443),
        state=Path(state).expanduser().resolve() if state else None,
    )


def is_set(environment: Mapping[str, str], variable: str) -> bool:
    """Whether a switch is on: neither absent nor empty nor 0."""
    return environment.get(variable, "") not in {"", "0"}


def _port(environment: Mapping[str, str], variable: str, default: int) -> int:
    text = environment.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise LocalCloudError(f"{variable} is {text!r}, not a port number; give one between 1 and {_LAST_PORT}.")
    return int(text)
