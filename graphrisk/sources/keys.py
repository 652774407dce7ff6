"""From a raw text to the key that accounts are compared by, per normaliser.

Every rule leaves a key as it is, so that applying it twice changes nothing. Phone numbers and IP addresses
go through `phonenumbers` and `ipaddress`, but only where a look in SQL has not already found them
canonical.
"""

from __future__ import annotations

import ipaddress
from functools import partial

import phonenumbers
import pyarrow as pa

from graphrisk.flows.plan import KeyRule
from graphrisk.model.kinds import Normaliser

_NO_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"  # a postal address may run over several lines

# Mailboxes where dots in the local part mean nothing, and other names of the same provider.
_DOTLESS_DOMAINS = ("gmail.com",)
_DOMAIN_ALIASES = {"googlemail.com": "gmail.com"}

# Words of postal addresses that people write in several ways, each with the one that is kept.
ADDRESS_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("st", ("street", "str", "strasse", "straße")),
    ("rd", ("road",)),
    ("ave", ("avenue", "av", "aven", "avenida")),
    ("blvd", ("boulevard", "boul")),
    ("dr", ("drive", "drv")),
    ("ln", ("lane",)),
    ("ct", ("court",)),
    ("pl", ("place",)),
    ("sq", ("square",)),
    ("hwy", ("highway",)),
    ("pkwy", ("parkway",)),
    ("ter", ("terrace", "terr")),
    ("cir", ("circle",)),
    ("apt", ("apartment", "appartment", "unit", "flat", "suite", "ste", "no", "nr", "#")),
    ("fl", ("floor",)),
    ("bldg", ("building",)),
    ("n", ("north",)),
    ("s", ("south",)),
    ("e", ("east",)),
    ("w", ("west",)),
)


def key_rule(normaliser: Normaliser, region: str) -> KeyRule:
    """region: two-letter country for phone numbers without a country code."""
    match normaliser:
        case Normaliser.EXACT:
            return KeyRule()
        case Normaliser.FOLDED:
            return KeyRule(canonical="text = lower(text)", key="lower(text)")
        case Normaliser.EMAIL:
            return KeyRule(canonical="false", key=_email_key("lower(text)"), fault="not_an_email")
        case Normaliser.PHONE:
            return KeyRule(
                canonical=r"regexp_full_match(text, '\+[1-9][0-9]{7,14}')",
                rewrite=partial(phone_keys, region=region),
                fault="not_a_phone",
            )
        case Normaliser.IP:
            octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
            return KeyRule(
                canonical=rf"regexp_full_match(text, '({octet}\.){{3}}{octet}')",
                rewrite=ip_keys,
                fault="not_an_ip",
            )
        case Normaliser.ADDRESS:
            return KeyRule(
                canonical="false", key=_address_key("text"), fault="not_an_address", control=_NO_CONTROL
            )


def phone_keys(texts: pa.Array, *, region: str) -> pa.Array:
    """E.164, or null where no number of a possible length can be read."""
    return pa.array([_phone_key(text, region) for text in texts.to_pylist()], pa.string())


def _phone_key(text: str, region: str) -> str | None:
    for candidate in (text, "+" + text.lstrip("+0")):  # 44 20 7946 0018 without its plus
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            key: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return key
    return None


def ip_keys(texts: pa.Array) -> pa.Array:
    """Canonical IPv4, or the /64 of an IPv6 address (an IPv4 one mapped into IPv6 is IPv4); null where it
    is neither."""
    return pa.array([_ip_key(text) for text in texts.to_pylist()], pa.string())


def _ip_key(text: str) -> str | None:
    bare = text.split("%", 1)[0].removesuffix("/64")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{ipaddress.IPv6Address(int(address) >> 64 << 64)}/64"  # IPv6Network takes twice as long
    return str(address)


def _email_key(text: str) -> str:
    """SQL: lower case, without +tag, known provider aliases folded, dots dropped where the provider ignores
    them."""
    shape = r"'^[^@\s]+@[^@\s]+\.[^@\s.]+$'"
    local = f"split_part(split_part({text}, '@', 1), '+', 1)"
    domain = f"split_part({text}, '@', 2)"
    for alias, name in _DOMAIN_ALIASES.items():
        domain = f"CASE {domain} WHEN '{alias}' THEN '{name}' ELSE {domain} END"
    dotless = ", ".join(f"'{name}'" for name in _DOTLESS_DOMAINS)
    bare = f"CASE WHEN {domain} IN ({dotless}) THEN replace({local}, '.', '') ELSE {local} END"
    return f"CASE WHEN regexp_matches({text}, {shape}) AND {bare} <> '' THEN {bare} || '@' || {domain} END"


def _address_key(text: str) -> str:
    """SQL: lower case, accents and punctuation dropped, words folded by ADDRESS_WORDS, sorted, joined by a
    space.

    NULL where no letter or digit is left.
    """
    words = [variant for _, variants in ADDRESS_WORDS for variant in variants]
    kept = [word for word, variants in ADDRESS_WORDS for _ in variants]
    names = ", ".join(f"'{word}'" for word in words)
    values = ", ".join(f"'{word}'" for word in kept)
    tokens = f"regexp_extract_all(strip_accents(lower({text})), '[\\p{{L}}\\p{{N}}]+|#')"
    folded = f"list_transform({tokens}, lambda w: coalesce(MAP([{names}], [{values}])[w], w))"
    return f"nullif(array_to_string(list_sort({folded}), ' '), '')"
