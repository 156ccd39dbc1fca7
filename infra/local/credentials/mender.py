"""The Mender surface is called with the first user's name and password, or with the token that they are worth."""

from __future__ import annotations

from dataclasses import asdict

import httpx

from infra.local.clients import EngineClients
from infra.local.errors import LocalCloudError
from infra.local.site import Site
from infra.local.workspaces import Account

_LOGIN = "/api/management/v1/useradm/auth/login"


def credentials(site: Site, _clients: EngineClients, account: Account) -> dict[str, str] | None:
    """Log in; None when the account is not known."""
    token = _log_in(site, account)
    if token is None:
        return None
    user = {"workspace": account.workspace, "username": account.username, "password": account.password}
    return {**asdict(site), **user, "token": token}


def _log_in(site: Site, account: Account) -> str | None:
    """A token that does not expire (mender contract, useradm login); None when the account is not known."""
    response = httpx.post(
        f"{site.tls_url}{_LOGIN}",
        auth=(account.username, account.password),
        json={"no_expiry": True},
        verify=site.trust(),
        trust_env=False,
        timeout=60,
    )
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return None
    if not response.is_success:
        raise LocalCloudError(f"Logging in to the Mender surface answered {response.status_code}: {response.text}.")
    return response.text.strip()
