"""Every endpoint of the Mender surface (contract sections 2, 5.1, 6.2, 9). Standard library only."""

from sluiceway.http.routes import DEFAULT, LARGE, Access, Body, Caller, Route

_DEPLOYMENTS = "/api/management/v1/deployments"
_DEPLOYMENTS_V2 = "/api/management/v2/deployments"
_USERADM = "/api/management/v1/useradm"
_DEVAUTH = "/api/management/v2/devauth"
_DEVICE_AUTH = "/api/devices/v1/authentication"
_DEVICE_INVENTORY = "/api/devices/v1/inventory"
_DEVICE_V1 = "/api/devices/v1/deployments/device/deployments"
_DEVICE_V2 = "/api/devices/v2/deployments/device/deployments"

_READ = frozenset({Access.TABLE_READ, Access.SIGNING_KEY})
_WRITE = _READ | {Access.TABLE_WRITE}
_LIST_DEVICES = _READ | {Access.INDEX_READ}

ROUTES = (
    Route("POST", f"{_USERADM}/auth/login", "useradm.log_in", Caller.ANYONE, _WRITE, Body.JSON, LARGE),
    Route("POST", f"{_USERADM}/auth/logout", "useradm.log_out", Caller.USER, _WRITE),
    Route("GET", f"{_USERADM}/settings/tokens", "useradm.list_tokens", Caller.USER, _READ),
    Route("POST", f"{_USERADM}/settings/tokens", "useradm.create_token", Caller.USER, _WRITE, Body.JSON),
    Route("DELETE", f"{_USERADM}/settings/tokens/{{id}}", "useradm.revoke_token", Caller.USER, _WRITE),
    Route("GET", f"{_USERADM}/settings", "useradm.get_settings", Caller.USER, _READ),
    Route("POST", f"{_USERADM}/settings", "useradm.store_settings", Caller.USER, _WRITE, Body.JSON),
    Route("GET", f"{_USERADM}/settings/me", "useradm.get_own_settings", Caller.USER, _READ),
    Route("POST", f"{_USERADM}/settings/me", "useradm.store_own_settings", Caller.USER, _WRITE, Body.JSON),
    Route("GET", f"{_USERADM}/users", "useradm.list_users", Caller.USER, _READ),
    Route("POST", f"{_USERADM}/users", "useradm.create_user", Caller.USER, _WRITE, Body.JSON, LARGE),
    Route("GET", f"{_USERADM}/users/me", "useradm.get_own_user", Caller.USER, _READ),
    Route("PUT", f"{_USERADM}/users/me", "useradm.update_own_user", Caller.USER, _WRITE, Body.JSON, LARGE),
    Route("GET", f"{_USERADM}/users/{{id}}", "useradm.get_user", Caller.USER, _READ),
    Route("PUT", f"{_USERADM}/users/{{id}}", "useradm.update_user", Caller.USER, _WRITE, Body.JSON, LARGE),
    Route("DELETE", f"{_USERADM}/users/{{id}}", "useradm.delete_user", Caller.USER, _WRITE),
    Route(
        "POST",
        f"{_DEPLOYMENTS}/artifacts",
        "artifacts.upload_artifact",
        Caller.USER,
        _WRITE | {Access.OBJECTS_WRITE, Access.OBJECTS_DELETE},
        Body.RAW,
        LARGE,
    ),
    Route("GET", f"{_DEPLOYMENTS}/artifacts", "artifacts.list_artifacts", Caller.USER, _READ),
    Route("GET", f"{_DEPLOYMENTS}/artifacts/list", "artifacts.list_artifacts_paged", Caller.USER, _READ),
    Route("GET", f"{_DEPLOYMENTS_V2}/artifacts", "artifacts.search_artifacts", Caller.USER, _READ),
    Route("GET", f"{_DEPLOYMENTS}/limits/{{name}}", "artifacts.get_limit", Caller.USER, _READ),
    Route("PUT", f"{_DEPLOYMENTS}/artifacts/{{id}}", "artifacts.describe_artifact", Caller.USER, _WRITE, Body.JSON),
    Route("GET", f"{_DEPLOYMENTS}/artifacts/{{id}}", "artifacts.get_artifact", Caller.USER, _READ),
    Route(
        "DELETE",
        f"{_DEPLOYMENTS}/artifacts/{{id}}",
        "artifacts.delete_artifact",
        Caller.USER,
        _WRITE | {Access.OBJECTS_DELETE},
    ),
    Route(
        "GET",
        f"{_DEPLOYMENTS}/artifacts/{{id}}/download",
        "artifacts.make_download_link",
        Caller.USER,
        _READ | {Access.OBJECTS_READ},
    ),
    Route("POST", f"{_DEPLOYMENTS}/deployments", "deployments.create_deployment", Caller.USER, _WRITE, Body.JSON),
    Route("GET", f"{_DEPLOYMENTS}/deployments", "deployments.list_deployments", Caller.USER, _WRITE),
    Route("GET", f"{_DEPLOYMENTS}/deployments/{{id}}", "deployments.get_deployment", Caller.USER, _WRITE),
    Route(
        "PUT",
        f"{_DEPLOYMENTS}/deployments/{{id}}/status",
        "deployments.abort_deployment",
        Caller.USER,
        _WRITE,
        Body.JSON,
    ),
    Route("GET", f"{_DEPLOYMENTS}/deployments/{{id}}/statistics", "deployments.get_statistics", Caller.USER, _READ),
    Route(
        "GET",
        f"{_DEPLOYMENTS}/deployments/{{id}}/devices",
        "deployments.list_deployment_devices",
        Caller.USER,
        _LIST_DEVICES,
    ),
    Route(
        "GET",
        f"{_DEPLOYMENTS}/deployments/{{id}}/devices/{{device_id}}/log",
        "deployments.get_device_log",
        Caller.USER,
        _READ | {Access.OBJECTS_READ},
    ),
    Route("GET", f"{_DEVAUTH}/devices", "devauth.list_devices", Caller.USER, _READ),
    Route("POST", f"{_DEVAUTH}/devices", "devauth.preauthorize_device", Caller.USER, _WRITE, Body.JSON),
    Route("POST", f"{_DEVAUTH}/devices/search", "devauth.search_devices", Caller.USER, _READ, Body.JSON),
    Route("GET", f"{_DEVAUTH}/devices/count", "devauth.count_devices", Caller.USER, _READ),
    Route("GET", f"{_DEVAUTH}/devices/{{id}}", "devauth.get_device", Caller.USER, _READ),
    Route("DELETE", f"{_DEVAUTH}/devices/{{id}}", "devauth.decommission_device", Caller.USER, _WRITE, size=LARGE),
    Route("DELETE", f"{_DEVAUTH}/devices/{{id}}/auth/{{aid}}", "devauth.delete_auth_set", Caller.USER, _WRITE),
    Route("GET", f"{_DEVAUTH}/devices/{{id}}/auth/{{aid}}/status", "devauth.get_auth_status", Caller.USER, _READ),
    Route("DELETE", f"{_DEVAUTH}/tokens/{{jti}}", "devauth.end_tokens", Caller.USER, _WRITE),
    Route("GET", f"{_DEVAUTH}/limits/max_devices", "devauth.get_device_limit", Caller.USER, _READ),
    Route(
        "DELETE",
        f"{_DEPLOYMENTS}/deployments/devices/{{id}}",
        "deployments.withdraw_device",
        Caller.USER,
        _WRITE,
        size=LARGE,
    ),
    Route(
        "PUT",
        f"{_DEVAUTH}/devices/{{id}}/auth/{{aid}}/status",
        "devauth.set_auth_status",
        Caller.USER,
        _WRITE,
        Body.JSON,
    ),
    Route("POST", f"{_DEVICE_AUTH}/auth_requests", "devauth.request_token", Caller.ANYONE, _WRITE, Body.JSON),
    Route("POST", f"{_DEVICE_V2}/next", "deployments.request_next_deployment", Caller.DEVICE, _WRITE, Body.JSON),
    Route("POST", f"{_DEVICE_V1}/next", "deployments.request_next_deployment_v1", Caller.DEVICE, _WRITE, Body.JSON),
    Route("GET", f"{_DEVICE_V1}/next", "deployments.get_next_deployment", Caller.DEVICE, _WRITE),
    Route(
        "PUT",
        f"{_DEVICE_V1}/{{id}}/status",
        "deployments.report_status",
        Caller.DEVICE,
        _WRITE | {Access.START_RETRY},
        Body.JSON,
    ),
    Route(
        "PUT",
        f"{_DEVICE_V1}/{{id}}/log",
        "deployments.report_log",
        Caller.DEVICE,
        _WRITE | {Access.OBJECTS_WRITE},
        Body.JSON,
    ),
    Route(
        "GET",
        "/api/devices/v1/deployments/download/{token}",
        "artifacts.download_artifact",
        Caller.ANYONE,
        _READ | {Access.OBJECTS_READ},
    ),
    Route(
        "PUT",
        f"{_DEVICE_INVENTORY}/device/attributes",
        "inventory.replace_attributes",
        Caller.DEVICE,
        _WRITE,
        Body.JSON,
    ),
    Route(
        "PATCH",
        f"{_DEVICE_INVENTORY}/device/attributes",
        "inventory.merge_attributes",
        Caller.DEVICE,
        _WRITE,
        Body.JSON,
    ),
    Route("ANY", DEFAULT, "answer_unrouted", Caller.ANYONE, _READ),
)
