"""Which addresses of the network belong to the public, and which to the surroundings of whoever connects."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


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
