"""GET /docs/miru/openapi-<version>.json: how to call this surface, for programs."""

from miru._auth import for_anyone
from miru._operations import document
from miru._versions import Version
from sluiceway.domain.errors import NotFound
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json

_VERSIONS = {f"openapi-{version.value}.json": version for version in Version}


@for_anyone
def handler(call: Call[None]) -> Response:
    """Answer the OpenAPI document of one version."""
    version = _VERSIONS.get(call.request.parameters["document"])
    if version is None:
        raise NotFound(f"the documents are {', '.join(_VERSIONS)}")
    return as_json(document(version))
