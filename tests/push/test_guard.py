"""No spelling of an address leads to this machine, its network, or its cloud's metadata."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.errors import FetchError
from feedsvc.push.guard import MAX_URL, Target, check_address, target_of


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.0.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9", "192.0.0.8"),
        *("::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "64:ff9b::10.0.0.1", "4000::1"),
    ],
)
def test_a_private_address_needs_permission(address: str) -> None:
    with pytest.raises(FetchError, match="no public address; allow_private permits") as refused:
        check_address(address, allow_private=False)
    assert refused.value.permanent
    check_address(address, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "239.1.1.1", "255.255.255.255"),
        *("240.0.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("::", "fe80::1", "fe80::1%eth0", "ff02::1", "fec0::1", "fd00:ec2::254"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::", "2001:0:1::1"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::7f00:1"),
    ],
)
def test_some_addresses_are_refused_in_any_case(address: str) -> None:
    with pytest.raises(FetchError, match="where nothing is ever fetched from"):
        check_address(address, allow_private=True)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.0.1.1", "2606:4700::1", "64:ff9b::8.8.8.8", "100.128.0.1"]
)
def test_a_public_address_is_permitted(address: str) -> None:
    check_address(address, allow_private=False)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_a_public_ipv4_address_is_public_in_python_too(address: IPv4Address) -> None:
    try:
        check_address(str(address), allow_private=False)
    except FetchError:
        return
    assert address.is_global
    assert not address.is_multicast


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_a_public_ipv6_address_is_public_in_python_too(address: IPv6Address) -> None:
    try:
        check_address(str(address), allow_private=False)
    except FetchError:
        return
    assert address.is_global
    assert not address.is_multicast


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "0", "0x"),
        *("127.0.0.01", "1.2.3.4.5", "256.1.1.1", "017700000001", "３２３２２３５５２１"),
    ],
)
def test_an_odd_spelling_of_an_ip_address_is_refused(host: str) -> None:
    with pytest.raises(FetchError, match="in an odd spelling; write four decimal numbers"):
        target_of(f"http://{host}/a.png")


@pytest.mark.parametrize("host", ["１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127.0.0.1."])
def test_other_digits_and_dots_are_the_address_that_they_look_like(host: str) -> None:
    assert target_of(f"http://{host}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://a.example/x", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("gopher://a.example/", "must begin with https://"),
        ("//a.example/x", "must begin with https://"),
        ("http://user@a.example/", "has a user's name or password in it"),
        ("http://user:word@a.example/", "has a user's name or password in it"),
        ("http://8.8.8.8\\@127.0.0.1/", "without spaces"),
        ("http://a.example/x y", "without spaces"),
        ("http://a.example/x\r\nHost: b", "without spaces"),
        ("http://a.example:22/", "has port 22; only 80 and 443 are used"),
        ("http://a.example:0/", "has port 0"),
        ("http://a.example:99999/", "with a port below 65536"),
        ("http://[::1/", "with a port below 65536"),
        ("http:///x", "has a host that cannot be one"),
        ("http://%31%32%37.0.0.1/", "has a host that cannot be one"),
        ("http://a..b/", "has a host that cannot be one"),
        (f"http://{'a' * 64}.example/", "has a host that cannot be one"),
        ("http://[v1.x]/", "has a host that cannot be one"),
        (f"http://a.example/{'x' * MAX_URL}", "is no web address"),
    ],
)
def test_an_address_that_is_none_gets_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason) as refused:
        target_of(url)
    assert refused.value.permanent


def test_an_address_is_taken_apart_once() -> None:
    url = "HTTPS://Bilder.Müller.example/ä b.png?q=ü#part".replace(" ", "%20")
    path = "/%C3%A4%20b.png?q=%C3%BC"
    assert target_of(url) == Target("https", "bilder.xn--mller-kva.example", 443, path)


def test_an_ipv6_address_loses_its_brackets() -> None:
    assert target_of("http://[2606:4700::1]").host == "2606:4700::1"


def test_another_port_needs_permission() -> None:
    assert target_of("http://a.example:8080/", ()).port == 8080


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_the_odd_spellings_are_what_this_system_resolves(host: str) -> None:
    assert socket.getaddrinfo(host, 80)[0][4][0] == "127.0.0.1"
