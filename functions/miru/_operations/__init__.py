"""What each route takes and answers in each version, by its module: the source of the OpenAPI documents alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Annotated

from pydantic import WithJsonSchema

from miru._operations import agent, catalogue, deployments, devices, docs, principal, tokens
from miru._operations.common import ONCE_HEADERS, VERSION_HEADERS, Error, refusals_of
from miru._routes import ROUTES
from miru._surface import SURFACE
from miru._versions import VERSION_HEADER, Version
from sluiceway.http.openapi import Description, Json, Operation, Shape, make_document
from sluiceway.http.routes import Caller

_CARRIED_OUT_ONCE = {
    "config_instances.create_config_instance",
    "deployments.create_deployment",
    "devices.create_activation_token",
    "provisioning_tokens.create_provisioning_token",
}
_RESOURCES = (agent, catalogue, deployments, devices, docs, principal, tokens)

_TEXT = """\
The Miru dialect of Sluiceway, version {version}: configurations for devices, validated, staged, deployed and watched.

Programs show an API key as `X-API-Key`. What is described here under `/beta` is served under `/v1` as well: there a
call may come without the header `Miru-Version`, and is then taken for one of a client that is older than versions.
Numbers of a list that are out of range are moved into it, members of a body that are not described are ignored.

A body has at most 4 MiB, the content of an instance 1 MiB, as have all documents of a schema; a release has at most 40
schemas, and a deployment names or brings at most 100 instances. Content comes back byte for byte. What the older
versions bring with a deployment is a value, whose numbers stay exactly as large and as precise as they were. Numbers
have at most 1,000 digits, and a `multipleOf` with a fraction divides none beyond 1.8e308. Refused with 400 is what
readers take differently: a member that an object has twice, half of a surrogate pair, an alias in YAML, and a `$schema`
other than that of draft 2020-12.

A list in the order of `created_at`, which is how lists come, is read as far as the page that is asked for, and within
the first 50,000. In another order, with `total_count`, or with a filter it is looked through as a whole, and answered
400 where it has more than 50,000. `id` leads to what it names without that, as do `name` for devices, and `device_id`
for deployments and, in the older versions, for instances; `config_schema_id` and `config_type_id` do not.
"""


def operations(version: Version) -> dict[str, Operation]:
    """Return what a version has, by module."""
    described = {module: each for resource in _RESOURCES for module, each in resource.operations(version).items()}
    managed = {route.module for route in ROUTES if route.caller is Caller.PROGRAM}
    return {
        module: _managed(each, module, version) if module in managed else each for module, each in described.items()
    }


def _managed(operation: Operation, module: str, version: Version) -> Operation:
    """Add what all management calls send and are answered: the version."""
    named = {VERSION_HEADER: Annotated[str, WithJsonSchema({"const": version.value})]}
    shown = {
        status: replace(answer, headers={**answer.headers, **named}) for status, answer in operation.answers.items()
    }
    return replace(operation, headers=_headers(module, version), answers=shown)


def _headers(module: str, version: Version) -> Shape:
    return (ONCE_HEADERS if module in _CARRIED_OUT_ONCE else VERSION_HEADERS)[version]


def _bearer(what: str) -> Json:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": what}


OPERATIONS = operations(Version.TETONS)
"""Those of the newest version; the others have the same, in their own words."""


@cache
def document(version: Version) -> Json:
    """The OpenAPI document of a version."""
    description = Description(
        title="Sluiceway: Miru",
        version=version.value,
        text=_TEXT.format(version=version.value),
        operations=operations(version),
        refusals=refusals_of,
        error=Error,
        security_schemes={
            "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Of the workspace."},
            "device": _bearer("Of one device."),
            "device_key": _bearer("Signed by the device itself: RS512, the `kid` is the SHA-256 of its key in DER."),
            "invitation": _bearer("Good once: an activation token, or for new devices a provisioning token."),
        },
        security={Caller.PROGRAM: "api_key", Caller.DEVICE: "device"},
    )
    return make_document(SURFACE, description)
