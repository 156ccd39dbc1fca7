"""The Miru surface is called with the same API key as the native one, which has all its scopes."""

from __future__ import annotations

from dataclasses import asdict

from infra.local.clients import EngineClients
from infra.local.site import Site
from infra.local.workspaces import Account


def credentials(site: Site, _clients: EngineClients, account: Account) -> dict[str, str]:
    """The key, and the address in front of `/v1` and `/beta`."""
    return {**asdict(site), "api_key": account.api_key, "workspace": account.workspace}
