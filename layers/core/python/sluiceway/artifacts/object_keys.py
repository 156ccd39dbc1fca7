"""Every key of the bucket, in one place: workspace first, ids escaped so that none can reach into another's folder."""

from __future__ import annotations

from urllib.parse import quote


def content_key(workspace: str, sha256: str) -> str:
    """Find the bytes of an artifact by their checksum, in lower-case hex."""
    return f"{_escape(workspace)}/artifacts/{sha256}"


def log_key(workspace: str, deployment_id: str, device_id: str) -> str:
    """Find what a device logged about one deployment."""
    return f"{_escape(workspace)}/logs/{_escape(deployment_id)}/{_escape(device_id)}"


def _escape(identifier: str) -> str:
    """Percent-encode, dots too: clients resolve `..` in the path of a link."""
    return quote(identifier, safe="").replace(".", "%2E")
