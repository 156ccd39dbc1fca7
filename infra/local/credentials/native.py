"""The native surface is called with an API key."""

from __future__ import annotations

from dataclasses import asdict

from infra.local.clients import EngineClients
from infra.local.site import Site
from infra.local.workspaces import Account, with_new_api_key

_API_KEYS = "/api/v1/api-keys?per_page=1"


def credentials(site: Site, _clients: EngineClients, account: Account) -> dict[str, str]:
    """The key of the account, which is good."""
    return {**asdict(site), "api_key": account.api_key}


def with_good_api_key(site: Site, clients: EngineClients, account: Account) -> Account | None:
    """The account with its key, or with a new one when that is missing or revoked; None when its workspace is gone."""
    is_good = account.api_key and site.accepts(account.api_key, _API_KEYS)
    return account if is_good else with_new_api_key(clients, account)
