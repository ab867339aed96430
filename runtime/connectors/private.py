"""Addresses that belong to somebody's own network, not to the internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# An IPv4 address in the last 32 bits: RFC 6052, and what RFC 4291 calls compatible.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


def is_private(text: str) -> bool:
    """Whether the text is an address that is not reachable from everywhere: private, loopback, link-local,
    multicast, reserved, or an IPv6 address that stands for such an IPv4 one. A name is none."""
    if text.rstrip(".").lower() == "localhost" or text.lower().rstrip(".").endswith(".localhost"):
        return True
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    return not inner.is_global or inner.is_multicast


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
