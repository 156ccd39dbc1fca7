from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid, MissingScopes
from sluiceway.domain.scopes import EVERYTHING, KNOWN, MIRU, NATIVE, check_known, implies, require, scopes_of

scopes = st.sampled_from(sorted(KNOWN))
some = st.frozensets(scopes)


def test_the_catalogue_of_miru_is_that_of_the_contract() -> None:
    """Contract 3.3, as it is printed there."""
    printed = {
        "deployments": "manage read write stage deploy archive",
        "devices": "manage read write provision delete",
        "provisioning_tokens": "manage write",
        **dict.fromkeys(("releases", "config_schemas", "config_types", "git_commits"), "manage read write"),
        "config_instances": "manage read write",
    }
    assert {resource: set(actions) for resource, actions in MIRU.items()} == {
        resource: set(actions.split()) for resource, actions in printed.items()
    }


def test_no_two_surfaces_call_different_things_the_same() -> None:
    assert NATIVE.keys().isdisjoint(MIRU)


@pytest.mark.parametrize(
    ("held", "scope", "expected"),
    [
        ("devices:read", "devices:read", True),
        ("devices:manage", "devices:provision", True),
        ("devices:write", "devices:read", False),
        ("devices:read", "devices:manage", False),
        ("devices:manage", "deployments:read", False),
        (EVERYTHING, "devices:manage", True),
        (EVERYTHING, EVERYTHING, True),
        ("devices:manage", EVERYTHING, False),
    ],
)
def test_manage_implies_every_action_of_its_resource_and_nothing_else_implies_any(
    held: str, scope: str, *, expected: bool
) -> None:
    assert implies(frozenset({held}), scope) is expected


@given(some)
def test_whoever_has_all_rights_lacks_none(needed: frozenset[str]) -> None:
    require(frozenset({EVERYTHING}), needed)


@given(some, some)
def test_what_may_be_given_away_gives_no_right_that_the_giver_lacks(
    held: frozenset[str], given_away: frozenset[str]
) -> None:
    if all(implies(held, scope) for scope in given_away):
        assert [each for each in KNOWN if implies(given_away, each) and not implies(held, each)] == []


@given(some)
def test_nobody_without_scopes_may_do_anything(needed: frozenset[str]) -> None:
    assert not any(implies(frozenset(), scope) for scope in needed)


def test_who_lacks_a_scope_is_told_which_and_all_that_are_needed() -> None:
    with pytest.raises(MissingScopes, match=r"lacks the scope deployments:stage$") as refused:
        require(frozenset({"deployments:write"}), ("deployments:write", "deployments:stage"))
    assert refused.value.required == ("deployments:stage", "deployments:write")
    assert refused.value.missing == ("deployments:stage",)


def test_who_lacks_both_of_two_scopes_that_are_enough_is_told_each_by_its_name() -> None:
    with pytest.raises(MissingScopes, match=r"lacks the scope devices:write or devices:provision$") as refused:
        require(frozenset({"devices:read"}), ("devices:write|devices:provision", "devices:read"))
    assert refused.value.required == ("devices:provision", "devices:read", "devices:write")


@pytest.mark.parametrize("unknown", ["devices", "devices:fly", "planes:read", "*:read", "", "devices:read ", "*"])
def test_a_scope_that_does_not_exist_is_named(unknown: str) -> None:
    with pytest.raises(Invalid, match="scopes: there is no "):
        check_known(frozenset({"devices:read", unknown}))


def test_no_scope_at_all_is_refused() -> None:
    with pytest.raises(Invalid, match="name one at least"):
        check_known(frozenset())


@given(st.frozensets(scopes, min_size=1))
def test_every_scope_of_a_catalogue_is_known(wanted: frozenset[str]) -> None:
    check_known(wanted)
    assert wanted <= scopes_of(NATIVE, MIRU) | {EVERYTHING}
