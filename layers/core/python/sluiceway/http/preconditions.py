"""Entity tags: `ETag` out, `If-Match` in, so that nobody overwrites what they have not seen (RFC 9110, 13.1.1)."""

from __future__ import annotations

from sluiceway.http.request import Request


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version."""
    return {"etag": f'"{version}"'}


def expected_version(request: Request) -> str | None:
    """Return the version that the caller has read, with or without its quotes; None when any will do."""
    given = request.headers.get("if-match", "").strip()
    return None if given in {"", "*"} else given.strip('"')
