"""Posts events to the webhook endpoints that users of a workspace chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluiceway.runtime.public_http import SUCCESS, NoAnswer, PublicHttp


@dataclass(frozen=True, slots=True)
class HttpWebhookSender:
    """Implements `WebhookSender`."""

    http: PublicHttp

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        """Post a body of JSON; return why it was not taken, nothing when the answer is a 2xx."""
        try:
            status = self.http.call("POST", url, {**headers, "content-type": "application/json"}, body)
        except NoAnswer as error:
            return str(error)
        return "" if status in SUCCESS else f"answered {status}"
