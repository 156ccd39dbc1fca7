"""Where a running local cloud answers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from infra.local.errors import LocalCloudError


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that all surfaces share, plain and with TLS, and the file of the authority that its clients trust."""

    url: str
    tls_url: str
    ca: str

    def trust(self) -> ssl.SSLContext:
        """Trust this authority and no other."""
        return ssl.create_default_context(cafile=self.ca)

    def caller(self, token: str) -> httpx.Client:
        """Return a client that shows this token, or API key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def accepts(self, token: str, target: str) -> bool:
        """Tell whether a GET of the target takes a token. Raises LocalCloudError when it is answered otherwise."""
        response = httpx.get(
            f"{self.tls_url}{target}",
            headers={"Authorization": f"Bearer {token}"},
            verify=self.trust(),
            trust_env=False,
            timeout=60,
        )
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return False
        if not response.is_success:
            raise LocalCloudError(f"GET {target} answered {response.status_code}: {response.text}.")
        return True
