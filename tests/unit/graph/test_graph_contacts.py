"""What is left of a contact when the part goes that costs nothing to change."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.contacts import ip_networks, mailbox_patterns, phone_blocks


@pytest.mark.parametrize(
    ("function", "value", "family"),
    [
        (ip_networks, "9.8.7.6", "9.8.7.0/24"),
        (ip_networks, "2001:db8:1:2::/64", "2001:db8:1::/48"),
        (ip_networks, "2001:db8::/64", "2001:db8:0::/48"),
        (ip_networks, "9.8.7", None),
        (ip_networks, "", None),
        (mailbox_patterns, "jane.doe17@x.example", "janedoe*@x.example"),
        (mailbox_patterns, "jane_doe_2@x.example", "janedoe*@x.example"),
        (mailbox_patterns, "κωσταςμ1@x.example", "κωσταςμ*@x.example"),
        (mailbox_patterns, "jd1985@x.example", None),  # too few letters to mean anybody
        (mailbox_patterns, "no mailbox", None),
        (phone_blocks, "+442079460018", "+4420794600xx"),
        (phone_blocks, "+1234567", None),
        (phone_blocks, "0207", None),
    ],
)
def test_a_family_is_what_stays(function: object, value: str, family: str | None) -> None:
    assert function(pa.array([value], pa.string())).to_pylist() == [family]  # type: ignore[operator]


@pytest.mark.parametrize("function", [ip_networks, mailbox_patterns, phone_blocks])
def test_no_values_have_no_families(function: object) -> None:
    assert function(pa.array([], pa.string())).to_pylist() == []  # type: ignore[operator]


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_two_ipv6_networks_of_64_bits_are_one_where_48_bits_agree(
    one: ipaddress.IPv6Address, other: ipaddress.IPv6Address
) -> None:
    keys = [f"{ipaddress.IPv6Address(int(ip) >> 64 << 64)}/64" for ip in (one, other)]
    found = ip_networks(pa.array(keys, pa.string())).to_pylist()
    assert None not in found
    assert (found[0] == found[1]) == (int(one) >> 80 == int(other) >> 80)
