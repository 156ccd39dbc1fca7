"""A service in process as programs that use httpx reach it, with the bucket that its links lead into."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from sluiceway.artifacts.memory import LINKS
from tests.support.app import App

_BUCKET = urlsplit(LINKS).netloc


def http_of(app: App) -> httpx.Client:
    """A client whose requests an application answers, and its object store those to links."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == _BUCKET:
            return _download(app, request)
        target = request.url.raw_path.decode()
        found = app.call(request.method, target, request.content, headers=dict(request.headers))
        return httpx.Response(found.status, headers=dict(found.headers), content=found.body)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="https://service.test")


def _download(app: App, request: httpx.Request) -> httpx.Response:
    """Give an object, unless the request carries credentials beside those of its link: S3 refuses that."""
    if "authorization" in request.headers:
        return httpx.Response(httpx.codes.BAD_REQUEST)
    return httpx.Response(httpx.codes.OK, content=app.objects.get(request.url.path.lstrip("/")))
