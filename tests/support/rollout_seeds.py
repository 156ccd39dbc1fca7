"""Deployments under plans, for a workspace at work."""

from __future__ import annotations

from dataclasses import dataclass

from sluiceway.domain.deployment import Definition
from sluiceway.domain.gates import Gate
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.service import Service
from sluiceway.usecases.steer_deployment import pause_deployment
from tests.support.app import NOW

RELEASE = "app-2"
TWO_PHASES = Plan((PlannedPhase(percent=50, gate=Gate(needs_approval=True)), PlannedPhase()), seed="s")


@dataclass(frozen=True, slots=True)
class RolloutSeeds:
    """Deployments that go on."""

    planned: str
    """Of two phases, of which the first is open and its gate asks for approval."""
    paused: str
    """Of one phase, paused by an operator."""
    tried: str
    """Its only device was offered something, and it is known what that had before."""


def deploy(service: Service, workspace: str, name: str, plan: Plan, *devices: str) -> str:
    definition = Definition(name, RELEASE, devices=devices, plan=plan)
    return create_deployment(service, workspace, definition, NOW)


def seed_rollouts(service: Service, workspace: str, devices: tuple[str, ...], tried: str) -> RolloutSeeds:
    """Make them for some devices; `tried` is the deployment of another."""
    planned = deploy(service, workspace, "planned", TWO_PHASES, *devices)
    paused = deploy(service, workspace, "paused", Plan(), *devices)
    pause_deployment(service, workspace, paused, "api_key_of_an_operator", NOW)
    return RolloutSeeds(planned, paused, tried)
