from __future__ import annotations

from dataclasses import asdict

import pytest

from infra.local import credentials
from infra.local.clients import EngineClients
from infra.local.credentials import credentials_for, open_workspace, site_of
from infra.local.site import Site
from infra.local.workspaces import Account
from infra.surfaces import surface_names
from tests.unit.structure.sources import ROOT

SITE = Site("http://127.0.0.1:1", "https://127.0.0.1:2", "ca.pem")
ACCOUNT = Account("w", "admin@example.com", "secret")
CLIENTS = EngineClients("http://127.0.0.1:3")


def test_every_surface_says_what_its_callers_need_and_no_module_is_of_one_that_is_gone() -> None:
    modules = {path.stem for path in (ROOT / "infra" / "local" / "credentials").glob("*.py")} - {"__init__"}
    assert modules == set(surface_names())
    assert all(callable(credentials_for(surface)) for surface in surface_names())


@pytest.fixture(name="known")
def _known(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The surfaces, out of `a` and `b`, that know the account."""
    known = {"a", "b"}

    def make(surface: str) -> credentials.CredentialsFor:
        return lambda site, _clients, account: (
            {**asdict(site), "workspace": account.workspace, "key": surface} if surface in known else None
        )

    monkeypatch.setattr(credentials, "surface_names", lambda: ["a", "b"])
    monkeypatch.setattr(credentials, "credentials_for", make)
    return known


def test_a_workspace_is_opened_on_every_surface(known: set[str]) -> None:
    opened = open_workspace(SITE, CLIENTS, ACCOUNT)

    assert opened is not None
    assert {surface: each["key"] for surface, each in opened.items()} == {"a": "a", "b": "b"}
    assert known == set(opened)
    assert site_of({**opened, "aws": {}}) == SITE


@pytest.mark.parametrize("surface", ["a", "b"])
def test_an_account_that_one_surface_does_not_know_opens_nothing(known: set[str], surface: str) -> None:
    known.remove(surface)

    assert open_workspace(SITE, CLIENTS, ACCOUNT) is None
