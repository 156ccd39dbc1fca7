"""Two deployments under a plan, as a program makes them in the native API: one fails its first gate, one does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle

from infra.local.demonstration.immediate import FIRST, watch_devices
from infra.local.demonstration.stage import Seen, Stage
from infra.local.demonstration.tables import counts, phases_table

_BROKEN, _REPAIRED = FIRST + 1, FIRST + 2
_ALL_WELL = {"least_success_share": 0.9}
_PLAN = {
    "phases": [{"percent": 25, "gate": _ALL_WELL}, {"percent": 25, "gate": _ALL_WELL}, {"gate": _ALL_WELL}],
    "look_every_seconds": 1,
}


def deploy_a_broken_release(stage: Stage) -> Iterator[str]:
    """Let a gate stop a release, ask why a device waits, and roll back. Raises NotInTimeError."""
    _break(stage, stage.release(_BROKEN))
    deployment_id = _deploy(stage, _BROKEN)
    paused = stage.watch(
        f"Deployment {deployment_id} was not paused by its gate",
        lambda: stage.native.deployment(deployment_id),
        until=lambda seen: seen["paused"] is not None,
        table=phases_table,
    )
    yield f"Deployment {deployment_id} was paused by its first gate ({paused['paused']['reason']})."
    _explain(stage, deployment_id)
    yield _roll_back(stage, deployment_id)


def deploy_a_repaired_release(stage: Stage) -> str:
    """Bring one that works to the same devices, phase by phase. Raises NotInTimeError."""
    deployment_id = _deploy(stage, _REPAIRED)
    finished = stage.watch(
        f"Deployment {deployment_id} has not passed the gates of all its phases",
        lambda: stage.native.deployment(deployment_id),
        until=lambda seen: seen["status"] == "finished" and _have_all_passed(seen),
        table=phases_table,
    )
    return f"Deployment {deployment_id} finished in {len(finished['phases'])} phases: {counts(finished['statistics'])}."


def _break(stage: Stage, release: str) -> None:
    """Make a release fail on every second device that installs it."""
    defect_of = _failing_every_second_start(release)
    for device in stage.fleet.devices.values():
        device.defect_of = defect_of


def _failing_every_second_start(broken: str) -> Callable[[str], str]:
    defects = cycle(("the installed program did not start", ""))
    return lambda release: next(defects) if release == broken else ""


def _deploy(stage: Stage, version: int) -> str:
    """Deploy to the devices on which the first version runs: they have something to go back to."""
    release, devices = stage.upload(version), stage.running(stage.release(FIRST))
    deployment_id = stage.native.create_deployment(release, release, devices, _PLAN)
    stage.console.print(
        f"The artifact {release} is uploaded; deployment {deployment_id} brings it to {len(devices)} devices by a plan."
    )
    return deployment_id


def _explain(stage: Stage, deployment_id: str) -> None:
    """Tell why a device of a later phase waits."""
    waiting = next(row for row in stage.user.devices_of(deployment_id) if row["status"] == "pending")
    explanation = stage.native.explain(deployment_id, waiting["id"])
    stage.console.print(f"Why does device {waiting['id']} wait?")
    for rule in explanation["rules"]:
        if rule["blocks"]:
            stage.console.print(f"  {rule['code']}: {rule['text']}")


def _roll_back(stage: Stage, deployment_id: str) -> str:
    """Give the devices that run the broken release back what they had. Raises NotInTimeError."""
    broken, before = stage.release(_BROKEN), stage.release(FIRST)
    undoing = stage.native.roll_back(deployment_id)
    stage.console.print(f"Deployment {undoing} rolls it back: whatever runs {broken} gets {before} again.")
    finished = watch_devices(stage, undoing)
    undone = stage.native.deployment(deployment_id)
    return (
        f"Deployment {undone['rolled_back_by']} rolled it back ({counts(finished['statistics']['status'])}): "
        f"{len(stage.running(broken))} devices run {broken}, {len(stage.running(before))} run {before}."
    )


def _have_all_passed(seen: Seen) -> bool:
    return all(phase["state"] == "passed" for phase in seen["phases"])
