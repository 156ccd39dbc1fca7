"""What each route takes and answers, by its module: the source of the OpenAPI document, and of no handler."""

from __future__ import annotations

from functools import cache

from losant._operations import applications, auth, deployments, devices, docs, edge, flows, keys, tokens
from losant._operations.common import ORIGIN, Error, Links, refusals_of
from losant._surface import SURFACE
from sluiceway.http.openapi import Description, Json, make_document
from sluiceway.http.routes import Caller

OPERATIONS = {
    **applications.OPERATIONS,
    **auth.OPERATIONS,
    **deployments.OPERATIONS,
    **devices.OPERATIONS,
    **docs.OPERATIONS,
    **edge.OPERATIONS,
    **flows.OPERATIONS,
    **keys.OPERATIONS,
    **tokens.OPERATIONS,
}

_TEXT = """\
The Losant API of Sluiceway: edge workflows on edge compute devices, for the REST clients that people already have.

Programs show an application token, as `Authorization: Bearer <token>`. Of the scopes that an operation names, any one
suffices; `all.Application` suffices for all, and with `.read` behind it for those that only read. Devices show a token
that they are given for an access key.

Ids have 24 hexadecimal digits of either case. Query parameters that are not described are ignored, and one without a
value counts as absent; members of a body that are not described are refused. `deviceQuery` in a release and `query` in
a list of devices are answered 400: devices are named by id or by tag, and found by `deviceClass`, `tagFilter` and
`filter`.

What the gateway refuses before it reaches this API, a body above about 6 MB or headers above 10 KB, and what it answers
429, 500 or 503 itself, has a `message`, no `type`, and no header that lets a page of another origin read it.

A page of a list has at most 5 MiB. A page of deployments that would have more shows only the newest 10, 3 or none of
each log; one of another list leaves the longest members of its items out and names them under `omitted`. `triggers`,
`nodes` and `globals` are in no list at all. A log has its newest 100 entries; should the errors of a device fill it
with more than 80 KB even when compressed, older ones are cut at 128 characters instead of 1,024, and what still does
not fit goes, oldest first.

An application has at most 20,000 access keys, and 500 tokens that have not expired.
"""

DESCRIPTION = Description(
    title="Sluiceway: Losant",
    version="1",
    text=_TEXT,
    operations=OPERATIONS,
    refusals=refusals_of,
    error=Error,
    security_schemes={
        "application_token": {"type": "http", "scheme": "bearer", "description": "A token of the application."},
        "device_token": {"type": "http", "scheme": "bearer", "description": "What POST /auth/device gives."},
    },
    security={Caller.PROGRAM: "application_token", Caller.DEVICE: "device_token"},
    query=Links,
    answer_headers=ORIGIN,
)


@cache
def document() -> Json:
    """The OpenAPI document of this surface."""
    return make_document(SURFACE, DESCRIPTION)
