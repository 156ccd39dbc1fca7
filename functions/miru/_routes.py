"""Every endpoint of the Miru surface, with its callers' scopes (contract 3.3, 5, 8). Standard library only.

Management calls are mounted twice, under a path that says nothing of the version but what a missing header means.
"""

from sluiceway.http.routes import DEFAULT, Access, Body, Caller, Route

MANAGEMENT_ROOTS = ("/beta", "/v1")
ROOTS = (*MANAGEMENT_ROOTS, "/agent/v1", "/docs/miru")
"""Path prefixes that no other surface has."""

_TABLE = frozenset({Access.TABLE_READ, Access.TABLE_WRITE})
"""Also what only reads writes: when the key was last used."""


def _management(  # noqa: PLR0917 - a row of the table
    method: str,
    path: str,
    module: str,
    scopes: tuple[str, ...],
    body: Body = Body.NONE,
    access: frozenset[Access] = _TABLE,
) -> Route:
    first, *others = (f"{root}{path}" for root in MANAGEMENT_ROOTS)
    return Route(method, first, module, Caller.PROGRAM, access, body, aliases=tuple(others), scopes=scopes)


ROUTES = (
    _management("GET", "/principal", "principal.get_principal", ()),
    Route("GET", "/docs/miru", "docs.get_page", Caller.ANYONE),
    Route("GET", "/docs/miru/{document}", "docs.get_openapi", Caller.ANYONE),
    Route("ANY", DEFAULT, "answer_unrouted", Caller.ANYONE, frozenset({Access.TABLE_READ})),
)
