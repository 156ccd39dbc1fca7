"""Addresses that users choose, and which of the network's belong to the public and not to whoever connects."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

MOST_URL_CHARACTERS = 2048
_TLS = frozenset({"https"})
_PLAIN_OR_TLS = frozenset({"https", "http"})


def url_fault(url: str, *, plain: bool = False) -> str:
    """Say why a URL is none that we may be told to call, nothing for HTTPS without credentials and fragment.

    Whether it may be reached is asked when it is called, since names may come to mean something else. `plain` admits
    HTTP too.
    """
    if len(url) > MOST_URL_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        return f"must have at most {MOST_URL_CHARACTERS} characters, all of them printable ASCII without spaces"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in (_PLAIN_OR_TLS if plain else _TLS) or not host:
        return "must begin with https:// and a host, since it is called over TLS only"
    if parts.username is not None or parts.fragment:
        return "must have no credentials and no fragment, since neither is sent"
    return ""


def is_public(address: str) -> bool:
    """Tell whether an IP address leads to the Internet, whatever is on the way.

    False for private, loopback, link-local (with the cloud's metadata) and reserved addresses, for multicast, and for
    IPv6 addresses that stand for an IPv4 address, since a gateway could lead to any of the former.
    """
    parsed = ip_address(address)
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or _stands_for_another(parsed))


def is_loopback(address: str) -> bool:
    """Tell whether an IP address leads to this machine."""
    return ip_address(address).is_loopback


def _stands_for_another(address: IPv4Address | IPv6Address) -> bool:
    """Find 6to4 and the old site-local ones: NAT64 and mapped ones are reserved, those of Teredo not global."""
    if isinstance(address, IPv4Address):
        return False
    return address.is_site_local or address.sixtofour is not None
