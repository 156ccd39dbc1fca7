"""What the process was told by its environment: the only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_ENDPOINT = "AWS_ENDPOINT_URL"
_IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


class ImproperEnvironmentError(RuntimeError):
    """The environment lacks something or would lead astray; the text says what to set."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The resources of this deployment."""

    table: str
    bucket: str
    signing_key: str
    """ARN, or name, of the Secrets Manager secret."""
    retry_machine: str
    """ARN of the state machine."""
    rollout_machine: str
    """ARN of the state machine."""
    verify_machine: str
    """ARN of the state machine."""
    deliver_machine: str
    """ARN of the state machine."""
    event_bus: str
    """ARN of the bus of EventBridge that hears of events."""
    is_local: bool = False
    """Whether this is the local cloud, which cannot reach real AWS and may send events to loopback."""


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Read the variables that infra gives to each function. Raises ImproperEnvironmentError."""
    is_local = variables.get("SLUICEWAY_LOCAL") == "1"
    if is_local:
        _refuse_real_aws(variables)
    return Environment(
        table=_required(variables, "SLUICEWAY_TABLE"),
        bucket=_required(variables, "SLUICEWAY_BUCKET"),
        signing_key=_required(variables, "SLUICEWAY_SIGNING_KEY"),
        retry_machine=_required(variables, "SLUICEWAY_RETRY_MACHINE"),
        rollout_machine=_required(variables, "SLUICEWAY_ROLLOUT_MACHINE"),
        verify_machine=_required(variables, "SLUICEWAY_VERIFY_MACHINE"),
        deliver_machine=_required(variables, "SLUICEWAY_DELIVER_MACHINE"),
        event_bus=_required(variables, "SLUICEWAY_EVENT_BUS"),
        is_local=is_local,
    )


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name)
    if not value:
        raise ImproperEnvironmentError(
            f"the environment variable {name} is not set: functions get it from the stack that deploys them, "
            f"other processes must set it to the resource they are to work with"
        )
    return value


def _refuse_real_aws(variables: Mapping[str, str]) -> None:
    """A local process works with local data only: every AWS SDK reads these variables, so none may lead elsewhere."""
    if not variables.get(_ENDPOINT):
        raise ImproperEnvironmentError(
            f"SLUICEWAY_LOCAL=1 without {_ENDPOINT} would reach real AWS: set it to the local engine"
        )
    if variables.get(_IGNORE_ENDPOINTS, "").lower() == "true":
        raise ImproperEnvironmentError(
            f"SLUICEWAY_LOCAL=1 with {_IGNORE_ENDPOINTS}=true would reach real AWS: unset it"
        )
    for name, value in variables.items():
        if name.startswith(_ENDPOINT) and not _is_loopback(value):
            raise ImproperEnvironmentError(
                f"SLUICEWAY_LOCAL=1 but {name} is {value!r}, which is not on the loopback interface: "
                f"set it to an http://127.0.0.1 address"
            )


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
