"""Every key of the bucket, in one place: workspace first, ids escaped so that none can reach into another's folder.

Only `incoming/` stands before a workspace: the bucket's rule for what nobody claims goes by how a key begins.
"""

from __future__ import annotations

from urllib.parse import quote


def content_key(workspace: str, sha256: str) -> str:
    """Find the bytes of an artifact by their checksum, in lower-case hex."""
    return f"{_escape(workspace)}/artifacts/{sha256}"


def incoming_key(workspace: str, upload_id: str) -> str:
    """Find what a direct upload brings."""
    return f"incoming/{_escape(workspace)}/{_escape(upload_id)}"


def log_key(workspace: str, deployment_id: str, device_id: str) -> str:
    """Find what a device logged about one deployment."""
    return f"{_escape(workspace)}/logs/{_escape(deployment_id)}/{_escape(device_id)}"


def _escape(identifier: str) -> str:
    """Percent-encode, dots too: clients resolve `..` in the path of a link."""
    return quote(identifier, safe="").replace(".", "%2E")
