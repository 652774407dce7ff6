"""Opaque ids and IP addresses for numbers: one scheme for every part of the world, so that an id tells
nothing.

A number is mixed by a bijection with a key of its own for each kind, so no two numbers meet and none stays
near its neighbour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.sampling import Bools, Ints

Words32 = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_BYTES = pa.array([str(n) for n in range(256)])
# First octets that are no private, loopback, link-local, documentation, multicast or reserved range begins
# with.
_RESERVED = (0, 10, 100, 127, 169, 172, 192, 198, 203)
_IS_PUBLIC = np.array([n < 224 and n not in _RESERVED for n in range(256)])
_PUBLIC = np.flatnonzero(_IS_PUBLIC).astype(np.int64)
IPV6_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Keys:
    """One secret for each sort of id."""

    account: int
    device: int
    address: int
    instrument: int
    payment: int
    ip: int
    text: int


def draw_keys(params: SimulationParams) -> Keys:
    drawn = generator(params, Part.ID).integers(1, 2**63 - 1, size=7)
    return Keys(*(int(key) for key in drawn))


def mix(numbers: Ints, key: int) -> Words:
    """A bijection of 64-bit words (the finaliser of splitmix64) after adding the key."""
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(key)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def mixed_below(numbers: Ints, key: int, bound: int) -> Ints:
    """Draws from 0 .. bound - 1 that depend on the number alone."""
    return ((mix(numbers, key) >> np.uint64(11)) % np.uint64(bound)).astype(np.int64)


def mixed_share(numbers: Ints, key: int) -> npt.NDArray[np.float64]:
    """Draws from [0, 1) that depend on the number alone."""
    return (mix(numbers, key) >> np.uint64(11)).astype(np.float64) / float(2**53)


def ids(numbers: Ints, key: int) -> pa.Array:
    """Sixteen hexadecimal digits for each number."""
    return fixed_width(_hex_digits(mix(numbers, key), 16))


def ip_addresses(numbers: Ints, key: int, host: Ints) -> pa.Array:
    """numbers: below 2 ** 31, one for each network end. An IPv4 address, or for some numbers one of an IPv6
    /64, its lower half drawn from `host`.
    """
    is_v6 = mixed_share(numbers, key ^ 0x76) < IPV6_SHARE
    v4, v6 = np.flatnonzero(~is_v6), np.flatnonzero(is_v6)
    strings = pa.concat_arrays([_ipv4(numbers[v4], key), _ipv6(numbers[v6], key, host[v6])])
    return strings.take(pa.array(np.argsort(np.concatenate([v4, v6]), kind="stable")))


def _ipv4(numbers: Ints, key: int) -> pa.Array:
    start = (_PUBLIC[numbers >> 24] << 24) + (numbers & 0xFFFFFF)
    word = _shuffle(start.astype(np.uint32), key, lambda word: _IS_PUBLIC[word >> np.uint32(24)])
    octets = [_BYTES.take(pa.array((word >> np.uint32(shift)) & np.uint32(255))) for shift in (24, 16, 8, 0)]
    return pc.binary_join_element_wise(*octets, ".")


def _shuffle(start: Words32, key: int, allowed: Callable[[Words32], Bools]) -> Words32:
    """A permutation of the allowed words: each goes along its cycle of `_mix32` until it meets an allowed
    one, at the latest itself.
    """
    word = _mix32(start, key)
    while len(again := np.flatnonzero(~allowed(word))):
        word[again] = _mix32(word[again], key)
    return word


def _mix32(words: Words32, key: int) -> Words32:
    """A bijection of 32-bit words (the finaliser of MurmurHash3) after adding the key."""
    with np.errstate(over="ignore"):
        z = words + np.uint32(key & 0xFFFFFFFF)
        z = (z ^ (z >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        z = (z ^ (z >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return z ^ (z >> np.uint32(16))


def _ipv6(numbers: Ints, key: int, host: Ints) -> pa.Array:
    """2001:db8:<32 bits of the network>:<64 bits of the host>; no group starts with 0, so the form is
    canonical.
    """
    rest = numbers >> 12
    start = (
        ((1 + (rest // 15 >> 12)) << 28)
        + ((rest // 15 & 0xFFF) << 16)
        + ((1 + rest % 15) << 12)
        + (numbers & 0xFFF)
    )
    network = _shuffle(
        start.astype(np.uint32),
        key >> 7,
        lambda word: ((word >> 28) > 0) & (((word >> 12) & np.uint32(15)) > 0),
    )
    host_digits = _hex_digits(mix(host, key), 16)
    leading = host_digits[:, 0::4]
    leading[leading == ord("0")] = ord("f")
    return _ipv6_text(
        np.concatenate([_hex_digits(network.astype(np.uint64) << np.uint64(32), 8), host_digits], axis=1)
    )


def _ipv6_text(digits: npt.NDArray[np.uint8]) -> pa.Array:
    prefix = np.broadcast_to(np.frombuffer(b"2001:db8", dtype=np.uint8), (len(digits), 8))
    colon = np.full((len(digits), 1), ord(":"), dtype=np.uint8)
    groups = [part for start in range(0, 24, 4) for part in (colon, digits[:, start : start + 4])]
    return fixed_width(np.concatenate([prefix, *groups], axis=1))


def _hex_digits(words: Words, count: int) -> npt.NDArray[np.uint8]:
    octets = words.astype(">u8").view(np.uint8).reshape(len(words), 8)
    digits = np.empty((len(words), 16), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[octets >> 4], _HEX[octets & 15]
    return digits[:, :count]


def fixed_width(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """(n, width) bytes of ASCII as n strings, without a loop."""
    count, width = characters.shape
    offsets = (np.arange(count + 1, dtype=np.int64) * width).astype(np.int32)
    data = np.ascontiguousarray(characters)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))
