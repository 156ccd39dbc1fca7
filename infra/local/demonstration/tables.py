"""Deployments as the terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def counts(statistics: Mapping[str, int]) -> str:
    """Return the statuses that devices have, with their numbers."""
    return ", ".join(f"{count} {status}" for status, count in statistics.items() if count)


def devices_table(deployment: Mapping[str, Any]) -> Table:
    """Return where each device stands, of a deployment with its `devices`."""
    table = Table("device", "status", title=f"{deployment['name']}: {deployment['status']}")
    for row in sorted(deployment["devices"], key=lambda row: row["id"]):
        table.add_row(row["id"], row["status"])
    return table


def phases_table(deployment: Mapping[str, Any]) -> Table:
    """Return how far each phase has come."""
    table = Table("phase", "state", "devices", "succeeded", "failed", "gate", title=_title(deployment))
    for phase in deployment["phases"]:
        outcomes, gate = phase["outcomes"] or {}, phase["gate"] or {}
        table.add_row(
            str(phase["number"]),
            phase["state"],
            str(phase["devices"]),
            str(outcomes.get("succeeded", "")),
            str(outcomes.get("failed", "")),
            gate.get("reason") or gate.get("verdict", ""),
        )
    return table


def _title(deployment: Mapping[str, Any]) -> str:
    paused = f", paused: {deployment['paused']['reason']}" if deployment["paused"] else ""
    return f"{deployment['name']}: {deployment['status']}{paused}"
