"""The Losant surface is called with an application token, under the id of the application that the workspace is."""

from __future__ import annotations

from dataclasses import asdict

from infra.local.clients import EngineClients
from infra.local.site import Site
from infra.local.workspaces import Account, with_new_application_token
from sluiceway.domain.object_ids import application_id


def credentials(site: Site, _clients: EngineClients, account: Account) -> dict[str, str]:
    """The token of the account, which is good, and the address in front of `/applications`."""
    return {
        **asdict(site),
        "token": account.application_token,
        "application_id": application_id(account.workspace),
    }


def with_good_application_token(site: Site, clients: EngineClients, account: Account) -> Account | None:
    """The account with its token, or with a new one when that is missing or revoked; None without its workspace."""
    target = f"/applications/{application_id(account.workspace)}"
    is_good = account.application_token and site.accepts(account.application_token, target)
    return account if is_good else with_new_application_token(clients, account)
