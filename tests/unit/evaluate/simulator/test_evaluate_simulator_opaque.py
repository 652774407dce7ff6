"""Ids and IP addresses tell nothing and never collide."""

import ipaddress

import numpy as np
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.evaluate.simulator.opaque import IPV6_SHARE, ids, ip_addresses, mixed_share

KEYS = st.integers(1, 2**63 - 1)


@given(key=KEYS, start=st.integers(0, 2**45))
def test_different_numbers_have_different_ids_of_one_form(key: int, start: int) -> None:
    found = ids(np.arange(start, start + 500), key)
    assert pc.count_distinct(found).as_py() == 500
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in found.to_pylist())


def test_an_id_is_the_same_wherever_its_number_stands() -> None:
    numbers = np.array([5, 9, 5])
    first, second, third = ids(numbers, 17).to_pylist()
    assert first == third != second


def test_ids_of_neighbouring_numbers_do_not_keep_their_order() -> None:
    found = ids(np.arange(10_000), 99).to_pylist()
    rank = np.argsort(np.argsort(found))
    assert abs(np.corrcoef(rank, np.arange(10_000))[0, 1]) < 0.05


@given(key=KEYS | st.integers(1, 200))
def test_networks_have_different_public_addresses_in_canonical_form(key: int) -> None:
    numbers = np.arange(400)
    found = ip_addresses(numbers, key, numbers * 7).to_pylist()
    parsed = [ipaddress.ip_address(text) for text in found]
    assert [str(address) for address in parsed] == found
    v4 = [address for address in parsed if address.version == 4]
    assert all(address.is_global for address in v4)
    ends = {str(a) if a.version == 4 else str(ipaddress.ip_network((a, 64), strict=False)) for a in parsed}
    assert len(ends) == 400
    assert 0 < len(v4) < 400


def test_one_ipv6_network_has_many_hosts() -> None:
    numbers = np.zeros(50, dtype=np.int64)
    key = next(key for key in range(1, 1000) if mixed_share(numbers, key ^ 0x76)[0] < IPV6_SHARE)
    found = [ipaddress.ip_address(text) for text in ip_addresses(numbers, key, np.arange(50)).to_pylist()]
    assert len(set(found)) == 50
    assert len({ipaddress.ip_network((address, 64), strict=False) for address in found}) == 1


def test_no_number_gives_no_id() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert ids(nothing, 1).to_pylist() == []
    assert ip_addresses(nothing, 1, nothing).to_pylist() == []
