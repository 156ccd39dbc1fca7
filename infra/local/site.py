"""Where a running local cloud answers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that all surfaces share, plain and with TLS, and the file of the authority that its clients trust."""

    url: str
    tls_url: str
    ca: str

    def trust(self) -> ssl.SSLContext:
        """Trust this authority and no other."""
        return ssl.create_default_context(cafile=self.ca)
