"""`make simulate`: a rollout to a simulated fleet; ends with 1 and an explanation when an invariant was broken.

The fleet is split over workspaces that share nothing, as two customers of one service do; each has its own deployments
and is simulated by a process of its own. That never searches for cycles, which would take it through the whole fleet
again and again: it ends with what it simulates.
"""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

from tests.load.outcome import Outcome, together
from tests.load.scenario import FEWEST_DEVICES, Settings
from tests.load.simulation import simulate

WORKSPACES = 2


def main(arguments: Sequence[str]) -> int:
    """Simulate, print what came of it, and return the exit code."""
    settings, workspaces = _read(arguments)
    sys.stdout.write(f"{settings}, split over {workspaces} workspace(s) with a process each\n")
    outcome = together(_simulate_all(settings.split(workspaces)))
    sys.stdout.writelines(f"{line}\n" for line in outcome.lines())
    return 1 if outcome.findings else 0


def _simulate_all(settings: Sequence[Settings]) -> Iterator[Outcome]:
    if len(settings) == 1:
        return map(simulate, settings)
    with ProcessPoolExecutor(len(settings), initializer=gc.disable) as processes:
        return processes.map(simulate, settings)


def _read(arguments: Sequence[str]) -> tuple[Settings, int]:
    parser = ArgumentParser("make simulate")
    parser.add_argument("--devices", type=int, default=100_000, help="of all workspaces together")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--poll", type=int, default=360, help="simulated minutes between two polls of a device")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workspaces", type=int, default=WORKSPACES)
    given = parser.parse_args(arguments)
    if min(given.days, given.poll, given.workspaces) < 1:
        parser.error("days, minutes between polls and workspaces are counted from 1")
    if given.devices < FEWEST_DEVICES * given.workspaces:
        parser.error(f"each of {given.workspaces} workspaces needs {FEWEST_DEVICES} devices, so that no phase is empty")
    settings = Settings(given.devices, timedelta(days=given.days), timedelta(minutes=given.poll), given.seed)
    return settings, given.workspaces


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
