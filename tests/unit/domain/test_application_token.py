"""What the scopes of application tokens permit (losant contract 1.3)."""

from __future__ import annotations

import pytest

from sluiceway.domain.application_token import (
    DEVICE,
    EVERYTHING,
    Effect,
    check_application_token,
    compose_token,
    may_grant,
    permits,
    require_scope,
    token_owner,
)
from sluiceway.domain.errors import InvalidField, MissingScopes

LIST, RELEASE = ("edgeDeployments.get",), ("edgeDeployments.release",)
ONE = ("edgeDeployment.get", "edgeDeployments.get")
REALMS = [f"all.{realm}{suffix}" for realm in ("Application", "Organization", "User") for suffix in ("", ".bounded")]


@pytest.mark.parametrize("scope", [*REALMS, "edgeDeployments.*"])
def test_a_whole_realm_or_family_permits_reading_and_writing(scope: str) -> None:
    assert permits(frozenset({scope}), Effect.READ, LIST)
    assert permits(frozenset({scope}), Effect.WRITE, RELEASE)


@pytest.mark.parametrize("scope", ["all.Application.read", "all.Organization.read", "all.User.read", *LIST])
def test_what_only_reads_permits_no_writing(scope: str) -> None:
    assert permits(frozenset({scope}), Effect.READ, LIST)
    assert not permits(frozenset({scope}), Effect.WRITE, RELEASE)


@pytest.mark.parametrize(
    "scope", ["edgeDeployment.*", "edgeDeployment.get", "edgeDeployments.*", "edgeDeployments.get"]
)
def test_one_record_is_read_with_either_spelling(scope: str) -> None:
    assert permits(frozenset({scope}), Effect.READ, ONE)


@pytest.mark.parametrize("scope", [DEVICE, "edgeDeployments.remove", "edgeDeployment.*", "flows.*", "dashboards.get"])
def test_no_other_scope_permits_a_release(scope: str) -> None:
    with pytest.raises(MissingScopes):
        require_scope(frozenset({scope}), Effect.WRITE, RELEASE)


@pytest.mark.parametrize("held", [*REALMS, "flows.*", "flows.get"])
def test_what_is_held_may_be_given_away(held: str) -> None:
    assert may_grant(frozenset({held}), "flows.get")
    assert may_grant(frozenset({held}), EVERYTHING) is (held in REALMS)


def test_scopes_of_things_that_are_not_here_are_kept_and_malformed_ones_refused() -> None:
    check_application_token("ci", frozenset({"dashboards.get", "all.Application.bounded", "flows.*"}))
    for name, scopes in (
        ("", {EVERYTHING}),
        ("x" * 256, {EVERYTHING}),
        ("ci", set[str]()),
        ("ci", {"*"}),
        ("ci", {"a b"}),
    ):
        with pytest.raises(InvalidField):
            check_application_token(name, frozenset(scopes))


def test_a_token_says_whose_it_is() -> None:
    workspace, token_id = "00000000-0000-4000-8000-000000000009", "64b1f0c2a9d3e85f7c107001"
    text = compose_token(workspace, token_id, "s" * 43)

    assert token_owner(text) == (workspace, token_id)
    for other in ("", text[1:], text + "s", text.replace("_", "-", 1), text.replace("6", "g")):
        assert token_owner(other) is None


@pytest.mark.parametrize("scope", ["all.Application.read", "all.Organization.read", "all.User.read"])
def test_who_may_read_everything_may_let_others_read(scope: str) -> None:
    reader = frozenset({scope})

    for given in ("edgeDeployments.get", "flows.get", "all.Application.read", "all.User.read"):
        assert may_grant(reader, given)
    for kept in ("edgeDeployments.*", "flows.post", EVERYTHING, f"{EVERYTHING}.bounded"):
        assert not may_grant(reader, kept)
    assert not may_grant(frozenset({"flows.get"}), "devices.get")
