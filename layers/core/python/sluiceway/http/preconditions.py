"""Entity tags (RFC 9110, 13.1): `ETag` out, `If-Match` in, so that nobody overwrites what they have not seen.

`If-None-Match` in, so that nobody is sent what they have.
"""

from __future__ import annotations

from sluiceway.http.request import Request


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version."""
    return {"etag": f'"{version}"'}


def expected_version(request: Request) -> str | None:
    """Return the version that the caller has read, with or without its quotes; None when any will do."""
    given = request.headers.get("if-match", "").strip()
    return None if given in {"", "*"} else given.strip('"')


def strong_etag(identity: str) -> dict[str, str]:
    """Return the header that names a state by what it is made of."""
    return {"etag": f'"{identity}"'}


def is_seen(request: Request, identity: str) -> bool:
    """Tell whether the caller says that it has this state; weak tags count, as they do for reading."""
    given = request.headers.get("if-none-match", "")
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")]
    return given.strip() == "*" or identity in tags
