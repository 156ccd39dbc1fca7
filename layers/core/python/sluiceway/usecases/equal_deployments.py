"""One deployment of each definition at a time (mender contract 2.7), over whatever slot."""

from __future__ import annotations

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.errors import DuplicateDeployment
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Equal, Put
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.service import Service


def find_holder(service: Service, workspace: str, digest: str) -> str:
    """Return the id of the deployment that had a definition last, empty when none did. Raises DuplicateDeployment."""
    holder = str((service.table.get(keys.definition(workspace, digest)) or {}).get("dep", ""))
    refuse_duplicate(service, workspace, holder)
    return holder


def refuse_duplicate(service: Service, workspace: str, holder: str) -> None:
    """Refuse while the holder of the same definition runs; one that has ended gives the definition up."""
    if holder and not settle_finished(service, workspace, holder):
        raise DuplicateDeployment(holder)


def claim_definition(made: Deployment, digest: str, holder: str) -> Put:
    """Let a deployment hold its definition, unless somebody else took it over from that holder first."""
    free = Equal("dep", holder) if holder else Absent()
    return Put(keys.definition(made.workspace, digest), {"dep": made.id}, free)
