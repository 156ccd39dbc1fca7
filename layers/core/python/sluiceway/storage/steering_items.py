"""How a deployment is steered, as attributes of its head; what is empty is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.steering import UNSTEERED, Command, CommandKind, Pause, Steering
from sluiceway.storage.deadlines_items import deadlines_item, read_deadlines
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Item, Value
from sluiceway.storage.window_items import read_windows, window_item


def steering_item(steering: Steering) -> Item:
    """Return the stored form, empty for what nothing steers."""
    optional: dict[str, Value] = {
        "plan": steering.has_plan,
        "seed": steering.seed,
        "bounds": steering.bounds,
        "exact": steering.has_exact_phases,
        "start": stored_moment(steering.start),
        "end": stored_moment(steering.end),
        "closed": stored_moment(steering.closed),
        "windows": [window_item(window) for window in steering.windows],
        "priority": steering.priority,
        "cap": steering.most_in_flight,
        "per_minute": steering.per_minute,
        "deadlines": deadlines_item(steering.deadlines),
        "withdraws": steering.withdraws_success,
        "pause": pause_item(steering.pause) if steering.pause else None,
        "commands": [command_item(command) for command in steering.commands],
    }
    return {name: value for name, value in optional.items() if value}


def read_steering(stored: Mapping[str, Any] | None) -> Steering:
    """Return how the deployment is steered."""
    if not stored:
        return UNSTEERED
    return Steering(
        has_plan=stored.get("plan", False),
        seed=stored.get("seed", ""),
        bounds=tuple(stored.get("bounds", ())),
        has_exact_phases=stored.get("exact", False),
        start=read_moment(stored.get("start")),
        end=read_moment(stored.get("end")),
        closed=read_moment(stored.get("closed")),
        windows=read_windows(stored.get("windows", ())),
        priority=stored.get("priority", 0),
        most_in_flight=stored.get("cap"),
        per_minute=stored.get("per_minute"),
        deadlines=read_deadlines(stored.get("deadlines")),
        withdraws_success=stored.get("withdraws", False),
        pause=_read_pause(stored["pause"]) if "pause" in stored else None,
        commands=tuple(_read_command(command) for command in stored.get("commands", ())),
    )


def pause_item(pause: Pause) -> Item:
    """Return the stored form of a pause."""
    return {"at": to_milliseconds(pause.at), "reason": pause.reason}


def _read_pause(stored: Mapping[str, Any]) -> Pause:
    return Pause(from_milliseconds(stored["at"]), stored["reason"])


def command_item(command: Command) -> Item:
    """Return the stored form of what an operator asked."""
    phase = {} if command.phase is None else {"phase": command.phase}
    mark = {"follows_untold": True} if command.follows_untold else {}
    return {"kind": str(command.kind), "at": to_milliseconds(command.at), "by": command.by, **phase, **mark}


def _read_command(stored: Mapping[str, Any]) -> Command:
    return Command(
        CommandKind(stored["kind"]),
        from_milliseconds(stored["at"]),
        stored["by"],
        stored.get("phase"),
        stored.get("follows_untold", False),
    )
