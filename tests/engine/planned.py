"""Deployments with a plan to devices that ask, and how the tests look at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.holds import Reason
from sluiceway.domain.plan import Plan
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.explain import Explanation, explain
from sluiceway.usecases.ports import Claims
from tests.support.app import NOW
from tests.support.fleet import WORKSPACE, Fleet


def deploy(fleet: Fleet, plan: Plan, *devices: Claims, release: str = "app-1") -> str:
    definition = replace(fleet.definition(*devices, release=release), plan=plan)
    return create_deployment(fleet.service, WORKSPACE, definition, NOW)


def progress(fleet: Fleet, deployment_id: str) -> Progress:
    return load(fleet.service, WORKSPACE, deployment_id)


def name(device: Claims) -> str:
    return str(device["sub"])


def statuses(fleet: Fleet, deployment_id: str) -> dict[str, Status]:
    found = progress(fleet, deployment_id)
    return {row.device_id: row.status for row in deployment_devices(fleet.service, found)}


def ask_why(fleet: Fleet, deployment_id: str, device: Claims, now: datetime = NOW) -> Explanation:
    return explain(fleet.service, WORKSPACE, deployment_id, name(device), now)


def reasons(fleet: Fleet, deployment_id: str, device: Claims, now: datetime = NOW) -> list[Reason]:
    return [hold.reason for hold in ask_why(fleet, deployment_id, device, now).holds]
