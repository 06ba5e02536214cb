"""Where partners may listen: addresses an administrator registered, and never ones that belong to this machine or its host alone.

A utility's partners are in its own networks, so private addresses are fine. Link-local addresses (there a cloud tells its machines
their secrets), multicast and unspecified ones are not, whatever name leads there; loopback only where the demo or a developer runs.
"""

from __future__ import annotations

import ipaddress
import socket
import urllib.parse

from django.conf import settings

from adms.core.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class EndpointRefused(Invalid):
    """Messages are not sent there."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"endpoint: {reason}", field="endpoint")


def check(url: str) -> None:
    """Hold an address to the rules, as far as it can be read off; an empty one is none.

    Raises:
        EndpointRefused: saying why.
    """
    if not url:
        return
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        port = parts.port  # a wrong one is told by reading it
    except ValueError:
        raise EndpointRefused("it is no address") from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise EndpointRefused("give http:// or https:// with a host")
    if parts.username or parts.password:
        raise EndpointRefused("credentials do not belong in the address")
    if (literal := _literal(host)) is not None:
        _check_address(literal)
    elif host == "localhost" or host.endswith(".localhost"):
        _check_address(ipaddress.IPv4Address("127.0.0.1"))


def check_where_it_leads(url: str) -> None:
    """The same, for what its name means at this moment; a name nobody knows is left to whoever tries to connect.

    Raises:
        EndpointRefused: it, or one of the addresses behind its name, is none we send to.
    """
    check(url)
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, place in found:
        _check_address(ipaddress.ip_address(str(place[0]).partition("%")[0]))


def _literal(host: str) -> Address | None:
    """An address written as one, in any spelling that a resolver takes: 127.1 and 2130706433 are 127.0.0.1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _check_address(address: Address) -> None:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise EndpointRefused(f"{address} is no address of a partner")
    if address.is_loopback and settings.PRODUCTION and not settings.DEMO:
        raise EndpointRefused(f"{address} is this machine")
