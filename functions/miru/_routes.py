"""Every endpoint of the Miru surface, with its callers' scopes (contract 3.3, 5, 8). Standard library only.

Management calls are mounted twice, under a path that says nothing of the version but what a missing header means.
"""

from sluiceway.http.routes import DEFAULT, Access, Body, Caller, Route

MANAGEMENT_ROOTS = ("/beta", "/v1")
AGENT_ROOT = "/agent/v1"
ROOTS = (*MANAGEMENT_ROOTS, AGENT_ROOT, "/docs/miru")
"""Path prefixes that no other surface has."""

_READ = frozenset({Access.TABLE_READ, Access.NOTE_USE})
_WRITE = _READ | {Access.TABLE_WRITE}
_SHOW = _READ | {Access.CONFIGS_READ}
"""Contents and schemas that are long are in the bucket; whatever can be expanded to them reads them."""
_CHANGE = _SHOW | _WRITE
_FILL = _CHANGE | {Access.CONFIGS_WRITE}
_PLACE = _FILL | {Access.START_DELIVERY}
"""A deployment that has to be validated is told to the webhook endpoints."""
_INVITE = _WRITE | {Access.SIGNING_KEY}
"""What a token is signed from is kept for a request that is sent again."""
_AGENT = frozenset({Access.TABLE_READ, Access.TABLE_WRITE, Access.SIGNING_KEY})
"""Every call of a device notes that it called."""


def _management(  # noqa: PLR0917 - a row of the table
    method: str,
    path: str,
    module: str,
    scopes: tuple[str, ...],
    body: Body = Body.NONE,
    access: frozenset[Access] = _READ,
) -> Route:
    first, *others = (f"{root}{path}" for root in MANAGEMENT_ROOTS)
    return Route(method, first, module, Caller.PROGRAM, access, body, aliases=tuple(others), scopes=scopes)


def _agent(method: str, path: str, module: str, body: Body = Body.NONE, access: frozenset[Access] = _AGENT) -> Route:
    return Route(method, f"{AGENT_ROOT}{path}", f"agent.{module}", Caller.DEVICE, access, body)


def _enrolling(path: str, module: str, body: Body = Body.JSON) -> Route:
    """Describe what a machine calls that has no token of a device yet, but another proof."""
    return Route("POST", f"{AGENT_ROOT}{path}", f"agent.{module}", Caller.ANYONE, _AGENT, body)


_READ_DEPLOYMENTS = ("deployments:read",)
_STAGE = ("deployments:stage",)
_DEPLOYMENT = "/deployments/{deployment_id}"

_DEVICE = "/devices/{device_id}"
_READ_DEVICES, _WRITE_DEVICES = ("devices:read",), ("devices:write",)
_TYPE = "/config_types/{config_type_id}"
_READ_TYPES, _WRITE_TYPES = ("config_types:read",), ("config_types:write",)
_READ_SCHEMAS, _WRITE_SCHEMAS = ("config_schemas:read",), ("config_schemas:write",)
_READ_INSTANCES, _WRITE_INSTANCES = ("config_instances:read",), ("config_instances:write",)
_READ_RELEASES, _WRITE_RELEASES = ("releases:read",), ("releases:write",)
_READ_COMMITS, _WRITE_COMMITS = ("git_commits:read",), ("git_commits:write",)

ROUTES = (
    _management("POST", "/deployments", "deployments.create_deployment", ("deployments:write",), Body.JSON, _PLACE),
    _management("GET", "/deployments", "deployments.list_deployments", _READ_DEPLOYMENTS, access=_SHOW),
    _management("GET", _DEPLOYMENT, "deployments.get_deployment", _READ_DEPLOYMENTS, access=_SHOW),
    _management(
        "POST", f"{_DEPLOYMENT}/deploy", "deployments.deploy_deployment", ("deployments:deploy",), access=_CHANGE
    ),
    _management(
        "POST", f"{_DEPLOYMENT}/archive", "deployments.archive_deployment", ("deployments:archive",), access=_CHANGE
    ),
    _management("GET", f"{_DEPLOYMENT}/drifts", "deployments.list_drifts", _READ_DEPLOYMENTS, access=_SHOW),
    _management("POST", f"{_DEPLOYMENT}/approve", "deployments.approve_deployment", _STAGE, access=_CHANGE),
    _management(
        "POST", f"{_DEPLOYMENT}/reject", "deployments.reject_deployment", ("deployments:archive",), access=_CHANGE
    ),
    _management("POST", f"{_DEPLOYMENT}/stage", "deployments.restage_deployment", _STAGE, access=_CHANGE),
    _management(
        "POST", f"{_DEPLOYMENT}/validate", "deployments.judge_deployment", ("deployments:write",), Body.JSON, _CHANGE
    ),
    _management("POST", "/devices", "devices.create_device", ("devices:write|devices:provision",), Body.JSON, _WRITE),
    _management("GET", "/devices", "devices.list_devices", ("devices:read|devices:provision",)),
    _management("GET", _DEVICE, "devices.get_device", _READ_DEVICES),
    _management("PATCH", _DEVICE, "devices.update_device", _WRITE_DEVICES, Body.JSON, _WRITE),
    _management("DELETE", _DEVICE, "devices.delete_device", ("devices:delete",), access=_WRITE),
    _management(
        "POST",
        f"{_DEVICE}/activation_token",
        "devices.create_activation_token",
        ("devices:provision",),
        Body.JSON,
        _INVITE,
    ),
    _management("POST", f"{_DEVICE}/ping", "devices.ping_device", _READ_DEVICES, Body.JSON),
    _management(
        "POST",
        "/provisioning_tokens",
        "provisioning_tokens.create_provisioning_token",
        ("devices:provision", "provisioning_tokens:write"),
        access=_INVITE,
    ),
    _management("POST", "/config_types", "config_types.create_config_type", _WRITE_TYPES, Body.JSON, _WRITE),
    _management("GET", "/config_types", "config_types.list_config_types", _READ_TYPES),
    _management("GET", _TYPE, "config_types.get_config_type", _READ_TYPES),
    _management("PATCH", _TYPE, "config_types.update_config_type", _WRITE_TYPES, Body.JSON, _WRITE),
    _management("POST", "/config_schemas", "config_schemas.create_config_schema", _WRITE_SCHEMAS, Body.JSON, _FILL),
    _management("GET", "/config_schemas", "config_schemas.list_config_schemas", _READ_SCHEMAS, access=_SHOW),
    _management(
        "GET", "/config_schemas/{config_schema_id}", "config_schemas.get_config_schema", _READ_SCHEMAS, access=_SHOW
    ),
    _management(
        "POST", "/config_instances", "config_instances.create_config_instance", _WRITE_INSTANCES, Body.JSON, _FILL
    ),
    _management("GET", "/config_instances", "config_instances.list_config_instances", _READ_INSTANCES, access=_SHOW),
    _management(
        "GET",
        "/config_instances/{config_instance_id}",
        "config_instances.get_config_instance",
        _READ_INSTANCES,
        access=_SHOW,
    ),
    _management(
        "GET",
        "/config_instances/{config_instance_id}/content",
        "config_instances.get_content",
        _READ_INSTANCES,
        access=_SHOW,
    ),
    _management("POST", "/releases", "releases.create_release", _WRITE_RELEASES, Body.JSON, _CHANGE),
    _management("GET", "/releases", "releases.list_releases", _READ_RELEASES, access=_SHOW),
    _management("GET", "/releases/{release_id}", "releases.get_release", _READ_RELEASES, access=_SHOW),
    _management("PATCH", "/releases/{release_id}", "releases.change_release", _WRITE_RELEASES, Body.JSON, _CHANGE),
    _management("POST", "/git_commits", "git_commits.create_git_commit", _WRITE_COMMITS, Body.JSON, _WRITE),
    _management("GET", "/git_commits", "git_commits.list_git_commits", _READ_COMMITS),
    _management("GET", "/git_commits/{git_commit_id}", "git_commits.get_git_commit", _READ_COMMITS),
    _management("GET", "/principal", "principal.get_principal", ()),
    _enrolling("/devices/{device_id}/activate", "activate_device"),
    _enrolling("/devices/{device_id}/issue_token", "issue_token"),
    _enrolling("/devices/provision", "provision_device"),
    _enrolling("/devices/reprovision", "reprovision_device"),
    _enrolling("/devices/token", "request_token", Body.NONE),
    _agent("GET", "/device", "get_device"),
    _agent("PATCH", "/devices/{device_id}", "update_device", Body.JSON),
    _agent("GET", "/deployments", "list_deployments"),
    _agent("GET", "/deployments/{deployment_id}", "get_deployment"),
    _agent("PATCH", "/deployments/{deployment_id}", "report_deployment", Body.JSON),
    _agent("GET", "/releases/{release_id}", "get_release"),
    _agent("GET", "/git_commits/{git_commit_id}", "get_git_commit"),
    _agent(
        "GET",
        "/config_instances/{config_instance_id}/content",
        "get_content",
        access=_AGENT | {Access.CONFIGS_READ},
    ),
    Route("GET", "/docs/miru", "docs.get_page", Caller.ANYONE),
    Route("GET", "/docs/miru/{document}", "docs.get_openapi", Caller.ANYONE),
    Route("ANY", DEFAULT, "answer_unrouted", Caller.ANYONE, frozenset({Access.TABLE_READ})),
)
