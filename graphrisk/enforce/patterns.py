"""What looks like an identifier of a person, whether or not anybody here has it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[\w-]{2,}")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{7,}")
_CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?!\w)")
_MAYBE_PHONE = re.compile(r"\d[\d\s().\-/]{5,}\d")
# What is made of digits and calls nobody: times, amounts with decimals, names that end in a digest
_NO_PHONE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?)?|\d+\.\d+(?:e-?\d+)?|[\w-]*[A-Za-z][\w-]*"
)


@dataclass(frozen=True, slots=True)
class Looks:
    """text[start:end] looks like an identifier of that kind."""

    kind: str
    start: int
    end: int


def find_looks(text: str, region: str) -> tuple[Looks, ...]:
    """E-mail addresses; IP addresses, but for loopback and unspecified ones, which are nobody's; card numbers
    of 13 to 19 digits with their check digit; telephone numbers that are valid, with a + or, as people of
    `region` write them, in groups: a bare row of digits is an amount as often as a number.

    In the order of the text; none overlaps another.
    """
    if text.isalnum() and not text.isdecimal():
        return ()  # one word, as most texts of a ledger are
    found: list[Looks] = []
    emails = _matches("email", _EMAIL, text) if "@" in text else ()
    for looks in (*emails, *_addresses(text), *_cards(text), *_phones(text, region)):
        if not any(looks.start < other.end and other.start < looks.end for other in found):
            found.append(looks)
    return tuple(sorted(found, key=lambda looks: looks.start))


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Looks]:
    return (Looks(kind, *match.span()) for match in pattern.finditer(text))


def _addresses(text: str) -> Iterator[Looks]:
    old = _matches("ip", _IPV4, text) if "." in text else ()
    new = _matches("ip", _IPV6, text) if ":" in text else ()
    for looks in (*old, *new):
        written = text[looks.start : looks.end]
        address = _address(written) or _address(written.removesuffix(":"))
        if address is not None and not (address.is_loopback or address.is_unspecified):
            yield looks


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _cards(text: str) -> Iterator[Looks]:
    for looks in _matches("card", _CARD, text):
        digits = [int(c) for c in text[looks.start : looks.end] if c.isdecimal()]
        doubled = [each * 2 - 9 * (each > 4) for each in digits[-2::-2]]
        if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            yield looks


def _phones(text: str, region: str) -> Iterator[Looks]:
    if not _MAYBE_PHONE.search(text):
        return
    left = _NO_PHONE.sub(lambda match: "x" * len(match.group()), text)
    if not _MAYBE_PHONE.search(left):
        return
    for match in phonenumbers.PhoneNumberMatcher(left, region):
        if not match.raw_string.isdecimal():
            yield Looks("phone", match.start, match.end)
