"""Links to artifacts: ours outlive any credentials, and lead to a presigned one made when they are followed.

A presigned link dies with the credentials that signed it, hours before a day is over (mender contract 14.4).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import Forbidden, Unauthenticated
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.credentials import DOWNLOADS
from sluiceway.usecases.ports import Tokens
from sluiceway.usecases.service import Service

DEVICE_LINK_LIFE = timedelta(hours=24)
DOWNLOAD_PATH = "/api/devices/v1/deployments/download/"
_PRESIGNED_SECONDS = 300
"""Enough to follow a redirect: the store looks at it when a download begins, not while it goes on."""


class Link(NamedTuple):
    """Where to download, without credentials, and when that ends."""

    uri: str
    expires: datetime


class MissingBytesError(RuntimeError):
    """An artifact is on record and its bytes are not in the bucket."""


def device_link(service: Service, origin: str, artifact: Artifact, now: datetime) -> Link:
    """Make the link that a device is given with a deployment (mender contract 9.2)."""
    return _link(service.tokens, origin, artifact, DEVICE_LINK_LIFE, now)


def user_link(service: Service, origin: str, artifact: Artifact, life: timedelta, now: datetime) -> Link:
    """Make the link that a user asked for (mender contract 2.6). Raises MissingBytesError if it led nowhere."""
    if not service.objects.exists(artifact.stored):
        raise MissingBytesError(
            f"artifact {artifact.id} is on record but version {artifact.stored.version} of {artifact.stored.key} is "
            "not in the bucket: delete the artifact and upload it again"
        )
    return _link(service.tokens, origin, artifact, life, now)


def follow_link(service: Service, token: str, now: datetime) -> str:
    """Return where the bytes are, for the next minutes. Raises Forbidden for any other or expired token, and NotFound.

    Forbidden and not Unauthenticated: no credentials would help, and it is what the store says of a link that expired.
    """
    try:
        claims = service.tokens.verify(token, audience=DOWNLOADS, now=now)
    except Unauthenticated as error:
        raise Forbidden("the download link has expired or is not ours: ask for a new one") from error
    artifact = get_artifact(service, str(claims["ws"]), str(claims["sub"]))
    filename = f"{artifact.name}.mender"
    return service.objects.link(artifact.stored, filename=filename, seconds=_PRESIGNED_SECONDS, now=now)


def _link(tokens: Tokens, origin: str, artifact: Artifact, life: timedelta, now: datetime) -> Link:
    expires = now.replace(microsecond=0) + life
    claims = {"ws": artifact.workspace, "sub": artifact.id}
    token = tokens.sign(claims, audience=DOWNLOADS, issued=now, expires=expires)
    return Link(f"{origin}{DOWNLOAD_PATH}{token}", expires)
