"""Settings as JSON: whatever object a console keeps (contract 5.4)."""

from __future__ import annotations

import json

from sluiceway.http.json_body import json_object
from sluiceway.http.preconditions import etag
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.settings import Settings


def parse_settings(request: Request) -> str:
    """Read an object and return it as JSON text. Raises Invalid."""
    return json.dumps(json_object(request), ensure_ascii=False, separators=(",", ":"))


def settings_response(settings: Settings) -> Response:
    """Answer an object, with its version."""
    return as_json(json.loads(settings.json)).with_headers(etag(settings.version))
