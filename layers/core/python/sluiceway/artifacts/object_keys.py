"""Every key of the bucket, in one place: kind, then workspace, ids escaped so that none reaches into another's folder.

The kind comes first because what a function may touch, and what the bucket's rules expire, goes by how a key begins.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

ARTIFACTS: Final = "artifacts"
LOGS: Final = "logs"
INCOMING: Final = "incoming"
CONFIGS: Final = "configs"
WORKFLOWS: Final = "workflows"


def content_key(workspace: str, sha256: str, object_id: str) -> str:
    """Find the bytes of one artifact: under their checksum, in lower-case hex, and an id that no others have."""
    return f"{ARTIFACTS}/{_escape(workspace)}/{sha256}/{_escape(object_id)}"


def incoming_key(workspace: str, upload_id: str) -> str:
    """Find what a direct upload brings."""
    return f"{INCOMING}/{_escape(workspace)}/{_escape(upload_id)}"


def log_key(workspace: str, deployment_id: str, device_id: str) -> str:
    """Find what a device logged about one deployment."""
    return f"{LOGS}/{_escape(workspace)}/{_escape(deployment_id)}/{_escape(device_id)}"


def config_key(workspace: str, sha256: str) -> str:
    """Find what is too large for the table of a configuration; equal bytes are kept once, and for ever."""
    return f"{CONFIGS}/{_escape(workspace)}/{sha256}"


def workflow_key(workspace: str, sha256: str) -> str:
    """Find a content of a workflow, or the bundle of a version; equal bytes are kept once, and for ever."""
    return f"{WORKFLOWS}/{_escape(workspace)}/{sha256}"


def _escape(identifier: str) -> str:
    """Percent-encode, dots too: clients resolve `..` in the path of a link."""
    return quote(identifier, safe="").replace(".", "%2E")
