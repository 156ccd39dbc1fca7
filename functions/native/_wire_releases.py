"""Releases of configurations as JSON, and the one thing about them that may change."""

from __future__ import annotations

from typing import Any

from native._wire import NativeModel
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body


class ReleaseChangeBody(NativeModel):
    """The body that changes a release."""

    custom_validation: bool


def parse_custom_validation(request: Request) -> bool:
    """Read whether the workspace is to validate the deployments of a release. Raises Invalid."""
    return parse_body(ReleaseChangeBody, request).custom_validation


def release_json(release: ConfigRelease) -> dict[str, Any]:
    """Render a release."""
    return {"id": release.id, "version": release.version, "custom_validation": release.custom_validation}
