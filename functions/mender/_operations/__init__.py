"""What each route takes and answers, by its module: the source of the OpenAPI document, and of no handler.

A route is described in the module of its service, in one entry. The document says how to call a route right; the
handlers alone decide what is right, and the contract tests hold the document to what they do.
"""

from __future__ import annotations

from functools import cache

from mender._operations import artifacts, deployments, devauth, device_deployments, docs, inventory, releases, useradm
from mender._operations.common import Error, RequestId, refusals_of
from mender._surface import REQUEST_ID_HEADER, SURFACE
from sluiceway.http.openapi import Description, Json, make_document
from sluiceway.http.routes import Caller

OPERATIONS = {
    **artifacts.OPERATIONS,
    **deployments.OPERATIONS,
    **devauth.OPERATIONS,
    **device_deployments.OPERATIONS,
    **docs.OPERATIONS,
    **inventory.OPERATIONS,
    **releases.OPERATIONS,
    **useradm.OPERATIONS,
}

_TEXT = """\
The Mender dialect of Sluiceway: what mender-cli, mender-client and scripts on the Mender deployments API call.

Users log in with HTTP Basic and then send the token that they were given; devices sign a request for theirs. Members
of a body that are not described here are ignored. A body above about 4.7 MB, or headers above 10 KB, are refused before
they reach this API, in the gateway's own words: a larger artifact goes to the bucket, by `POST
/api/management/v1/deployments/artifacts/directupload`.
"""

DESCRIPTION = Description(
    title="Sluiceway: Mender",
    version="1",
    text=_TEXT,
    operations=OPERATIONS,
    refusals=refusals_of,
    error=Error,
    security_schemes={
        "password": {"type": "http", "scheme": "basic", "description": "Mail address and password."},
        "user": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "What a login answers."},
        "device": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "What an auth request answers once the device is accepted.",
        },
    },
    security={Caller.USER: "user", Caller.DEVICE: "device"},
    headers=RequestId,
    answer_headers={REQUEST_ID_HEADER: str},
)


@cache
def document() -> Json:
    """The OpenAPI document of this surface."""
    return make_document(SURFACE, DESCRIPTION)
