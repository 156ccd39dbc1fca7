"""Every endpoint of the Losant surface (contract 2, 5, 6), with the scopes of which any one suffices.

Standard library only. The wider scopes, which permit all of an application, suffice for each.
"""

from sluiceway.http.routes import DEFAULT, LARGE, SMALL, Access, Body, Caller, Route, Size

ROOTS = ("/applications", "/auth", "/docs/losant")
"""Path prefixes that no other surface has."""

_APPLICATION = "/applications/{applicationId}"
_DEPLOYMENTS = f"{_APPLICATION}/edge/deployments"
_TOKENS = f"{_APPLICATION}/tokens"
_DEVICES = f"{_APPLICATION}/devices"
_DEVICE = f"{_DEVICES}/{{deviceId}}"
_KEYS = f"{_APPLICATION}/keys"
_FLOWS = f"{_APPLICATION}/flows"
_VERSIONS = f"{_FLOWS}/{{flowId}}/versions"

_READ = frozenset({Access.TABLE_READ, Access.SIGNING_KEY})
"""The key tells devices, which are refused, from strangers."""
_WRITE = _READ | {Access.TABLE_WRITE}
_READ_CONTENT = _READ | {Access.WORKFLOWS_READ}
_WRITE_CONTENT = _WRITE | {Access.WORKFLOWS_READ, Access.WORKFLOWS_WRITE}


def _of_program(
    method: str,
    path: str,
    module: str,
    *scopes: str,
    access: frozenset[Access] = _READ,
    size: Size = SMALL,
) -> Route:
    body = Body.JSON if method in {"POST", "PATCH"} else Body.NONE
    return Route(method, path, module, Caller.PROGRAM, access, body, size, scopes=scopes)


ROUTES = (
    _of_program("GET", _DEPLOYMENTS, "deployments.list_deployments", "edgeDeployments.get", size=LARGE),
    _of_program(
        "GET",
        f"{_DEPLOYMENTS}/{{edgeDeploymentId}}",
        "deployments.get_deployment",
        "edgeDeployment.get",
        "edgeDeployments.get",
    ),
    _of_program(
        "POST",
        f"{_DEPLOYMENTS}/release",
        "deployments.release",
        "edgeDeployments.release",
        access=_WRITE,
        size=LARGE,
    ),
    _of_program(
        "POST", f"{_DEPLOYMENTS}/remove", "deployments.remove", "edgeDeployments.remove", access=_WRITE, size=LARGE
    ),
    _of_program(
        "POST", f"{_DEPLOYMENTS}/replace", "deployments.replace", "edgeDeployments.replace", access=_WRITE, size=LARGE
    ),
    _of_program("GET", "/applications", "applications.list_applications", "applications.get"),
    Route("POST", "/applications", "applications.create_application", Caller.PROGRAM, _READ),
    _of_program("GET", _APPLICATION, "applications.get_application", "application.get"),
    _of_program("POST", _TOKENS, "tokens.create_token", "applicationApiTokens.post", access=_WRITE),
    _of_program("GET", _TOKENS, "tokens.list_tokens", "applicationApiTokens.get"),
    _of_program("GET", f"{_TOKENS}/{{apiTokenId}}", "tokens.get_token", "applicationApiToken.get"),
    _of_program(
        "DELETE", f"{_TOKENS}/{{apiTokenId}}", "tokens.revoke_token", "applicationApiToken.delete", access=_WRITE
    ),
    _of_program("GET", _DEVICES, "devices.list_devices", "devices.get", size=LARGE),
    _of_program("POST", _DEVICES, "devices.create_device", "devices.post", access=_WRITE),
    _of_program("GET", _DEVICE, "devices.get_device", "device.get"),
    _of_program("PATCH", _DEVICE, "devices.update_device", "device.patch", access=_WRITE, size=LARGE),
    _of_program("DELETE", _DEVICE, "devices.delete_device", "device.delete", access=_WRITE, size=LARGE),
    _of_program("POST", _KEYS, "keys.create_key", "applicationKeys.post", access=_WRITE),
    _of_program("GET", _KEYS, "keys.list_keys", "applicationKeys.get", size=LARGE),
    _of_program("GET", f"{_KEYS}/{{applicationKeyId}}", "keys.get_key", "applicationKey.get"),
    _of_program("PATCH", f"{_KEYS}/{{applicationKeyId}}", "keys.update_key", "applicationKey.patch", access=_WRITE),
    _of_program("DELETE", f"{_KEYS}/{{applicationKeyId}}", "keys.delete_key", "applicationKey.delete", access=_WRITE),
    _of_program("GET", _FLOWS, "flows.list_flows", "flows.get"),
    _of_program("POST", _FLOWS, "flows.create_flow", "flows.post", access=_WRITE_CONTENT, size=LARGE),
    _of_program("GET", f"{_FLOWS}/{{flowId}}", "flows.get_flow", "flow.get", access=_READ_CONTENT),
    _of_program("PATCH", f"{_FLOWS}/{{flowId}}", "flows.update_flow", "flow.patch", access=_WRITE_CONTENT, size=LARGE),
    _of_program("DELETE", f"{_FLOWS}/{{flowId}}", "flows.delete_flow", "flow.delete", access=_WRITE, size=LARGE),
    _of_program("GET", _VERSIONS, "flows.list_versions", "flowVersions.get"),
    _of_program("POST", _VERSIONS, "flows.publish_version", "flowVersions.post", access=_WRITE_CONTENT, size=LARGE),
    _of_program("GET", f"{_VERSIONS}/{{flowVersionId}}", "flows.get_version", "flowVersion.get", access=_READ_CONTENT),
    _of_program(
        "PATCH",
        f"{_VERSIONS}/{{flowVersionId}}",
        "flows.update_version",
        "flowVersion.patch",
        access=_WRITE | _READ_CONTENT,
    ),
    _of_program(
        "DELETE",
        f"{_VERSIONS}/{{flowVersionId}}",
        "flows.delete_version",
        "flowVersion.delete",
        access=_WRITE,
        size=LARGE,
    ),
    Route("GET", f"{_DEVICE}/edge/desired", "edge.get_desired", Caller.DEVICE, _WRITE),
    Route(
        "GET",
        f"{_DEVICE}/edge/bundles/{{flowId}}",
        "edge.get_bundle",
        Caller.DEVICE,
        _WRITE | {Access.WORKFLOWS_READ},
    ),
    Route("POST", f"{_DEVICE}/edge/report", "edge.report", Caller.DEVICE, _WRITE, Body.JSON),
    Route("POST", "/auth/device", "auth.log_in_device", Caller.ANYONE, _READ, Body.JSON),
    Route("POST", "/auth/user", "auth.log_in_user", Caller.ANYONE),
    Route("GET", "/docs/losant", "docs.get_page", Caller.ANYONE),
    Route("GET", "/docs/losant/openapi.json", "docs.get_openapi", Caller.ANYONE),
    Route("ANY", DEFAULT, "answer_unrouted", Caller.ANYONE, _READ),
)
