"""Every endpoint of the native surface, with the scopes that its callers need. Standard library only."""

from sluiceway.http.routes import DEFAULT, Access, Body, Caller, Route

ROOTS = ("/api/v1", "/docs/native")
"""Path prefixes that no other surface has."""

_API_KEYS = "/api/v1/api-keys"
_WEBHOOKS = "/api/v1/webhooks"
_SETTINGS = "/api/v1/settings"

_TABLE = frozenset({Access.TABLE_READ, Access.TABLE_WRITE})
"""Also what only reads writes: when the key was last used."""

ROUTES = (
    Route("POST", _API_KEYS, "api_keys.create_api_key", Caller.PROGRAM, _TABLE, Body.JSON, scopes=("api_keys:manage",)),
    Route("GET", _API_KEYS, "api_keys.list_api_keys", Caller.PROGRAM, _TABLE, scopes=("api_keys:read",)),
    Route("GET", f"{_API_KEYS}/{{id}}", "api_keys.get_api_key", Caller.PROGRAM, _TABLE, scopes=("api_keys:read",)),
    Route(
        "DELETE", f"{_API_KEYS}/{{id}}", "api_keys.revoke_api_key", Caller.PROGRAM, _TABLE, scopes=("api_keys:manage",)
    ),
    Route("POST", _WEBHOOKS, "webhooks.create_webhook", Caller.PROGRAM, _TABLE, Body.JSON, scopes=("webhooks:manage",)),
    Route("GET", _WEBHOOKS, "webhooks.list_webhooks", Caller.PROGRAM, _TABLE, scopes=("webhooks:read",)),
    Route("GET", f"{_WEBHOOKS}/{{id}}", "webhooks.get_webhook", Caller.PROGRAM, _TABLE, scopes=("webhooks:read",)),
    Route(
        "DELETE", f"{_WEBHOOKS}/{{id}}", "webhooks.delete_webhook", Caller.PROGRAM, _TABLE, scopes=("webhooks:manage",)
    ),
    Route(
        "POST",
        f"{_WEBHOOKS}/{{id}}/rotate",
        "webhooks.rotate_secret",
        Caller.PROGRAM,
        _TABLE,
        Body.JSON,
        scopes=("webhooks:manage",),
    ),
    Route(
        "GET",
        f"{_WEBHOOKS}/{{id}}/deliveries",
        "webhooks.list_deliveries",
        Caller.PROGRAM,
        _TABLE,
        scopes=("webhooks:read",),
    ),
    Route("GET", _SETTINGS, "settings.get_settings", Caller.PROGRAM, _TABLE, scopes=("settings:read",)),
    Route(
        "PATCH", _SETTINGS, "settings.change_settings", Caller.PROGRAM, _TABLE, Body.JSON, scopes=("settings:manage",)
    ),
    Route("GET", "/docs/native", "docs.get_page", Caller.ANYONE),
    Route("GET", "/docs/native/openapi.json", "docs.get_openapi", Caller.ANYONE),
    Route("ANY", DEFAULT, "answer_unrouted", Caller.ANYONE, frozenset({Access.TABLE_READ})),
)
