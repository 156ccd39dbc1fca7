"""POST /applications: an application is a workspace, which programs do not make (contract 5.2)."""

from losant._auth import for_programs
from sluiceway.domain.errors import Forbidden
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession


@for_programs
def handler(_call: Call[ApplicationSession]) -> Response:
    """Refuse, and say who makes applications."""
    raise Forbidden("An application is a workspace: the owner of the installation makes one, with create_workspace")
