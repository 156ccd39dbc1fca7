"""What scripts need to call a workspace of the local cloud: the objects of `credentials.json`, one for each surface.

A module of this package is called as its surface, and has `credentials(site, clients, account)`: the surface's object,
which begins with the members of the site, or None when the account is not known. It is called at each start, and for
each new workspace; what it returns has all rights and lives at least seven days.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from infra.local.clients import EngineClients
from infra.local.site import Site
from infra.local.workspaces import Account
from infra.surfaces import surface_names

Credentials = dict[str, dict[str, str]]
CredentialsFor = Callable[[Site, EngineClients, Account], dict[str, str] | None]


def open_workspace(site: Site, clients: EngineClients, account: Account) -> Credentials | None:
    """Each surface's object for the workspace of an account; None when a surface does not know the account."""
    objects: Credentials = {}
    for surface in surface_names():
        found = credentials_for(surface)(site, clients, account)
        if found is None:
            return None
        objects[surface] = found
    return objects


def credentials_for(surface: str) -> CredentialsFor:
    """The function that makes a surface's object."""
    found: CredentialsFor = importlib.import_module(f"{__name__}.{surface}").credentials
    return found


def site_of(published: Mapping[str, Mapping[str, str]]) -> Site:
    """Where the service answers that published these objects: each surface's says it."""
    said = published[surface_names()[0]]
    return Site(said["url"], said["tls_url"], said["ca"])
