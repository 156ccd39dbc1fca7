"""What each route takes and answers, by its module: the source of the OpenAPI document, and of no handler."""

from __future__ import annotations

from functools import cache

from native._operations import api_keys, deployments, docs, history, releases, settings, webhooks
from native._operations.common import Error, RequestId, refusals_of
from native._surface import REQUEST_ID_HEADER, SURFACE
from sluiceway.http.openapi import Description, Json, make_document
from sluiceway.http.routes import Caller

OPERATIONS = {
    **api_keys.OPERATIONS,
    **deployments.OPERATIONS,
    **docs.OPERATIONS,
    **history.OPERATIONS,
    **releases.OPERATIONS,
    **settings.OPERATIONS,
    **webhooks.OPERATIONS,
}

_TEXT = """\
The native API of Sluiceway: what its operators administer in a workspace, whichever dialect its devices speak.

Programs show an API key, as `Authorization: Bearer <key>`. A key has scopes, written `resource:action`: `manage` on a
resource implies every action on it, and `*:manage` every scope there is; nothing else implies anything. The same keys
open the other surfaces that take API keys.

A deployment spreads by its plan: phases, each of which opens once the gate of the one before is passed, a pace,
windows, retries and deadlines. One that was made in the Mender dialect is the same deployment here, under the same id.

A refusal has a stable code; members of a body that are not described here are refused. A body above about 4.7
MB, or headers above 10 KB, are refused before they reach this API, in the gateway's own words.
"""

DESCRIPTION = Description(
    title="Sluiceway: native",
    version="1",
    text=_TEXT,
    operations=OPERATIONS,
    refusals=refusals_of,
    error=Error,
    security_schemes={"api_key": {"type": "http", "scheme": "bearer", "description": "An API key of the workspace."}},
    security={Caller.PROGRAM: "api_key"},
    headers=RequestId,
    answer_headers={REQUEST_ID_HEADER: str},
)


@cache
def document() -> Json:
    """The OpenAPI document of this surface."""
    return make_document(SURFACE, DESCRIPTION)
