"""Making a deployment over whatever slot, for who may plan any."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from sluiceway.domain.deployment import Definition
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, create_pushed_deployment
from sluiceway.usecases.service import Service

AnyDefinition: TypeAlias = Definition | PushedDefinition


def deploy(service: Service, workspace: str, definition: AnyDefinition, now: datetime) -> str:
    """Make it and return its id. Raises as `create_deployment`, or as `create_pushed_deployment`."""
    match definition:
        case Definition():
            return create_deployment(service, workspace, definition, now)
        case PushedDefinition():
            return create_pushed_deployment(service, workspace, definition, now)
