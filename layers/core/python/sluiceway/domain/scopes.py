"""What an API key may do: scopes, written `resource:action` (miru contract 3.3, design section 8).

`manage` on a resource implies every action on it, and no other action implies any. EVERYTHING, which is `manage` on
every resource, implies every scope, those of later versions too. Each surface checks scopes of its own; a key may hold
scopes of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypeAlias

from sluiceway.domain.errors import Invalid, MissingScopes

Scopes: TypeAlias = frozenset[str]
Catalogue: TypeAlias = Mapping[str, tuple[str, ...]]
"""The actions that exist, by resource."""

EITHER = "|"
"""Between two scopes of which one is enough, where scopes are required."""
MANAGE = "manage"
EVERYTHING = f"*:{MANAGE}"

NATIVE: Catalogue = {
    "api_keys": (MANAGE, "read"),
    "rollouts": (MANAGE, "read", "write", "control"),
    "settings": (MANAGE, "read"),
    "webhooks": (MANAGE, "read"),
}
MIRU: Catalogue = {
    "config_instances": (MANAGE, "read", "write"),
    "config_schemas": (MANAGE, "read", "write"),
    "config_types": (MANAGE, "read", "write"),
    "deployments": (MANAGE, "read", "write", "stage", "deploy", "archive"),
    "devices": (MANAGE, "read", "write", "provision", "delete"),
    "git_commits": (MANAGE, "read", "write"),
    "provisioning_tokens": (MANAGE, "write"),
    "releases": (MANAGE, "read", "write"),
}


def scopes_of(*catalogues: Catalogue) -> Scopes:
    """Write out every scope of some catalogues."""
    return frozenset(
        f"{resource}:{action}"
        for catalogue in catalogues
        for resource, actions in catalogue.items()
        for action in actions
    )


KNOWN = scopes_of(NATIVE, MIRU) | {EVERYTHING}


def implies(held: Scopes, scope: str) -> bool:
    """Tell whether whoever holds these scopes may do what needs this one, or give it away."""
    resource, _, _ = scope.partition(":")
    return not held.isdisjoint({scope, f"{resource}:{MANAGE}", EVERYTHING})


def require(held: Scopes, needed: Iterable[str]) -> None:
    """Raise MissingScopes unless every scope that is needed is held or implied."""
    required = [scope.split(EITHER) for scope in needed]
    missing = [either for either in required if not any(implies(held, scope) for scope in either)]
    if missing:
        raise MissingScopes(chain.from_iterable(required), map(" or ".join, missing))


def check_known(scopes: Scopes) -> None:
    """Raise Invalid, naming those that no surface knows, so that a slip of the pen does not make a key that does less.

    An empty set is refused too: such a key could do nothing.
    """
    if not scopes:
        raise Invalid(f"scopes: name one at least, for example {EVERYTHING} for all rights")
    unknown = sorted(scopes - KNOWN)
    if unknown:
        raise Invalid(f"scopes: there is no {', '.join(unknown)}; there are {', '.join(sorted(KNOWN))}")
