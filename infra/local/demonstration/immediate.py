"""One deployment of a real artifact to every device at once, as a user of the Mender dialect makes it."""

from __future__ import annotations

from infra.local.demonstration.stage import Seen, Stage
from infra.local.demonstration.tables import counts, devices_table

FIRST = 1
"""The version that devices get first."""


def deploy_to_everyone(stage: Stage) -> str:
    """Bring the first version to all devices, and say how it ended. Raises NotInTimeError."""
    release = stage.upload(FIRST)
    deployment_id = stage.user.create_deployment(release, release, list(stage.fleet.devices))
    stage.console.print(f"The artifact {release} is uploaded; deployment {deployment_id} brings it to all of them.")
    finished = watch_devices(stage, deployment_id)
    return f"Deployment {deployment_id} finished: {counts(finished['statistics']['status'])}."


def watch_devices(stage: Stage, deployment_id: str) -> Seen:
    """Show the devices of a deployment until it has finished, and return it then. Raises NotInTimeError."""
    return stage.watch(
        f"Deployment {deployment_id} has not finished",
        lambda: stage.user.deployment(deployment_id) | {"devices": stage.user.devices_of(deployment_id)},
        until=lambda seen: seen["status"] == "finished",
        table=devices_table,
    )
