"""What is left of an IP address, a mailbox or a phone number when the part that costs nothing to change goes.

Each function takes canonical keys (sources/keys.py) and gives a text for each, null where nothing that says
anything is left; equal texts make a family.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_LEAST_MAILBOX_LETTERS = 6  # fewer are everybody's: info, ann.b
_LEAST_PHONE_DIGITS = 9  # with the country's; a shorter number has no block of a hundred of its own
_BLOCK_DIGITS = 2


def ip_networks(ips: pa.Array) -> pa.Array:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    v4 = pc.extract_regex(ips, r"^(?P<net>[0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+$")
    v6 = pc.extract_regex(ips, r"^(?P<a>[0-9a-f]*):(?P<b>[0-9a-f]*):(?P<c>[0-9a-f]*)")
    groups = [_or_zero(pc.struct_field(v6, name)) for name in ("a", "b", "c")]
    return pc.coalesce(
        pc.binary_join_element_wise(pc.struct_field(v4, "net"), ".0/24", ""),
        pc.binary_join_element_wise(*groups, ":/48", ":"),
    )


def _or_zero(group: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(group, ""), "0", group)


def mailbox_patterns(emails: pa.Array) -> pa.Array:
    """The letters of the local part, with the domain: jane.doe17 and janedoe_2 of one provider are alike."""
    split = pc.extract_regex(emails, r"^(?P<local>[^@]*)@(?P<domain>[^@]+)$")
    letters = pc.replace_substring_regex(pc.struct_field(split, "local"), r"[^\p{L}]+", "")
    told = pc.greater_equal(pc.utf8_length(letters), _LEAST_MAILBOX_LETTERS)
    pattern = pc.binary_join_element_wise(letters, pc.struct_field(split, "domain"), "*@")
    return pc.if_else(told, pattern, pa.scalar(None, pa.string()))


def phone_blocks(phones: pa.Array) -> pa.Array:
    """The number without its last two digits: numbers that were bought together."""
    told = pc.match_substring_regex(phones, rf"^\+[0-9]{{{_LEAST_PHONE_DIGITS},}}$")
    blocks = pc.replace_substring_regex(phones, rf"[0-9]{{{_BLOCK_DIGITS}}}$", "x" * _BLOCK_DIGITS)
    return pc.if_else(told, blocks, pa.scalar(None, pa.string()))
