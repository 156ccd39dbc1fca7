"""The settings of a workspace as JSON, and changes to them (RFC 7396: null is the default again)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from native._wire import WHOLE, NativeModel
from sluiceway.domain.workspace_settings import LONGEST_VALIDATION_SECONDS, HeaderlessDialect, WorkspaceSettings
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body
from sluiceway.usecases.workspace_settings import SettingsChange

_SECOND = timedelta(seconds=1)


class SettingsChangeBody(NativeModel):
    """The body that changes settings: what it does not name stays."""

    headerless_dialect: HeaderlessDialect | None = None
    validation_timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_VALIDATION_SECONDS), WHOLE] | None = None


def parse_change(request: Request) -> SettingsChange:
    """Read what to change. Raises Invalid."""
    body = parse_body(SettingsChangeBody, request)
    return lambda before: _changed(before, body)


def _changed(before: WorkspaceSettings, body: SettingsChangeBody) -> WorkspaceSettings:
    after = before
    if "headerless_dialect" in body.model_fields_set:
        dialect = body.headerless_dialect or WorkspaceSettings().headerless_dialect
        after = replace(after, headerless_dialect=dialect)
    if "validation_timeout_seconds" in body.model_fields_set:
        seconds = body.validation_timeout_seconds
        after = replace(after, validation_timeout=None if seconds is None else seconds * _SECOND)
    return after


def settings_json(settings: WorkspaceSettings) -> dict[str, Any]:
    """Render all settings."""
    timeout = settings.validation_timeout
    return {
        "headerless_dialect": settings.headerless_dialect,
        "validation_timeout_seconds": None if timeout is None else timeout // _SECOND,
    }
