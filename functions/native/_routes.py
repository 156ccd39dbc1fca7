"""Every endpoint of the native surface, with the scopes that its callers need. Standard library only."""

from sluiceway.http.routes import DEFAULT, LARGE, Access, Body, Caller, Route

ROOTS = ("/api/v1", "/docs/native")
"""Path prefixes that no other surface has."""

_API_KEYS = "/api/v1/api-keys"
_DEPLOYMENTS = "/api/v1/deployments"
_DEPLOYMENT = f"{_DEPLOYMENTS}/{{id}}"
_RELEASE = "/api/v1/releases/{id}"
_WEBHOOKS = "/api/v1/webhooks"
_SETTINGS = "/api/v1/settings"

_TABLE = frozenset({Access.TABLE_READ, Access.TABLE_WRITE})
"""Also what only reads writes: when the key was last used."""
_CONTROL = _TABLE | {Access.WAKE_ROLLOUT}

ROUTES = (
    Route("POST", _API_KEYS, "api_keys.create_api_key", Caller.PROGRAM, _TABLE, Body.JSON, scopes=("api_keys:manage",)),
    Route("GET", _API_KEYS, "api_keys.list_api_keys", Caller.PROGRAM, _TABLE, scopes=("api_keys:read",)),
    Route("GET", f"{_API_KEYS}/{{id}}", "api_keys.get_api_key", Caller.PROGRAM, _TABLE, scopes=("api_keys:read",)),
    Route(
        "DELETE", f"{_API_KEYS}/{{id}}", "api_keys.revoke_api_key", Caller.PROGRAM, _TABLE, scopes=("api_keys:manage",)
    ),
    Route(
        "POST",
        _DEPLOYMENTS,
        "deployments.create_deployment",
        Caller.PROGRAM,
        _TABLE | {Access.START_ROLLOUT},
        Body.JSON,
        LARGE,
        scopes=("rollouts:write",),
    ),
    Route("GET", _DEPLOYMENTS, "deployments.list_deployments", Caller.PROGRAM, _TABLE, scopes=("rollouts:read",)),
    Route("GET", _DEPLOYMENT, "deployments.get_deployment", Caller.PROGRAM, _TABLE, scopes=("rollouts:read",)),
    Route(
        "POST",
        f"{_DEPLOYMENT}/approve",
        "deployments.approve_phase",
        Caller.PROGRAM,
        _CONTROL,
        Body.JSON,
        scopes=("rollouts:control",),
    ),
    Route(
        "POST",
        f"{_DEPLOYMENT}/pause",
        "deployments.pause_deployment",
        Caller.PROGRAM,
        _CONTROL,
        scopes=("rollouts:control",),
    ),
    Route(
        "POST",
        f"{_DEPLOYMENT}/resume",
        "deployments.resume_deployment",
        Caller.PROGRAM,
        _CONTROL,
        scopes=("rollouts:control",),
    ),
    Route(
        "POST",
        f"{_DEPLOYMENT}/next-phase",
        "deployments.open_next_phase",
        Caller.PROGRAM,
        _CONTROL,
        Body.JSON,
        scopes=("rollouts:control",),
    ),
    Route(
        "POST",
        f"{_DEPLOYMENT}/abort",
        "deployments.abort_deployment",
        Caller.PROGRAM,
        _CONTROL,
        scopes=("rollouts:control",),
    ),
    Route(
        "POST",
        f"{_DEPLOYMENT}/roll-back",
        "deployments.roll_back_deployment",
        Caller.PROGRAM,
        _CONTROL | {Access.START_DELIVERY, Access.START_ROLLOUT},
        scopes=("rollouts:control",),
    ),
    Route("GET", f"{_DEPLOYMENT}/events", "deployments.list_events", Caller.PROGRAM, _TABLE, scopes=("rollouts:read",)),
    Route(
        "PATCH",
        f"{_DEPLOYMENT}/plan",
        "deployments.change_plan",
        Caller.PROGRAM,
        _CONTROL,
        Body.JSON,
        scopes=("rollouts:write",),
    ),
    Route(
        "GET",
        f"{_DEPLOYMENT}/devices/{{device_id}}/explain",
        "deployments.explain_device",
        Caller.PROGRAM,
        _TABLE,
        scopes=("rollouts:read",),
    ),
    Route(
        "POST",
        "/api/v1/dry-runs",
        "deployments.make_dry_run",
        Caller.PROGRAM,
        _TABLE,
        Body.JSON,
        LARGE,
        scopes=("rollouts:read",),
    ),
    Route("GET", _RELEASE, "releases.get_release", Caller.PROGRAM, _TABLE, scopes=("releases:read",)),
    Route("PATCH", _RELEASE, "releases.change_release", Caller.PROGRAM, _TABLE, Body.JSON, scopes=("releases:write",)),
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
