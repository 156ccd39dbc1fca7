"""Finding deployments by what is known of their devices (mender contract 4.2)."""

from __future__ import annotations

from dataclasses import replace

from sluiceway.domain.errors import Invalid
from sluiceway.domain.inventory_search import Operator, Place, Term
from sluiceway.usecases import fleet_inventory
from sluiceway.usecases.device_history import parts_of
from sluiceway.usecases.list_deployments import Search, list_deployments
from sluiceway.usecases.service import Service

MOST_DEVICES = 100
"""Whose deployments one call looks up."""


def by_attribute(service: Service, workspace: str, search: Search, place: Place) -> Search:
    """Turn the names of a search that no deployment has into the deployments of the devices with such a value.

    Raises Invalid when more than 100 devices have one.
    """
    if not search.names or list_deployments(service, workspace, Search(names=search.names), skip=0, take=0)[1]:
        return search
    found = _deployments_of_devices(service, workspace, search.names, place)
    return replace(search, names=None, ids=found if search.ids is None else found & search.ids)


def _deployments_of_devices(service: Service, workspace: str, values: frozenset[str], place: Place) -> frozenset[str]:
    wanted = fleet_inventory.Search(terms=(Term(place, Operator.IN, tuple(sorted(values))),))
    devices, total = fleet_inventory.search(service, workspace, wanted, offset=0, limit=MOST_DEVICES)
    if total > MOST_DEVICES:
        raise Invalid(f"{total} devices have this {place.name}: name one that at most {MOST_DEVICES} have")
    rows = (row for device in devices for row in parts_of(service, workspace, device.id))
    return frozenset(row.deployment_id for row in rows)
