"""Which API version a caller speaks (contract 1.2). Standard library only."""

from __future__ import annotations

import re
from enum import Enum

from miru._refusals import MissingApiVersion, UnsupportedApiVersion
from sluiceway.http.request import Request

VERSION_HEADER = "Miru-Version"
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.([a-z]+)")


class Version(Enum):
    """The versions served, each by the name that its answers carry; the first has no official one."""

    APPROVALS = "v1"
    ZION = "2025-10-21.zion"
    TETONS = "2026-03-09.tetons"

    @property
    def is_tetons(self) -> bool:
        """Whether what is not asked for is left out, instead of being null."""
        return self is Version.TETONS


_TRAINS = {"zion": Version.ZION, "tetons": Version.TETONS}
"""Versions of one train are compatible with each other, whatever their dates."""


def named_version(request: Request) -> Version | None:
    """Return the version that a request names or gives away, None when the workspace's setting decides.

    Raises MissingApiVersion and UnsupportedApiVersion.
    """
    name = request.headers.get(VERSION_HEADER.lower())
    if name is not None:
        return _version_called(name)
    if not request.path.startswith("/v1/"):
        raise MissingApiVersion
    return Version.ZION if _is_zion_client(request) else None


def _version_called(name: str) -> Version:
    if name == Version.APPROVALS.value:
        return Version.APPROVALS
    dated = _DATED.fullmatch(name)
    version = _TRAINS.get(dated[1]) if dated else None
    if version is None:
        raise UnsupportedApiVersion(name, [each.value for each in Version])
    return version


def _is_zion_client(request: Request) -> bool:
    """Recognise the one client that speaks this version and does not say so."""
    package = request.headers.get("x-stainless-package-version", "")
    return package.startswith("0.6") and request.headers.get("user-agent", "").startswith("Miru/Python")
