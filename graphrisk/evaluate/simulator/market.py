"""What a country of the synthetic marketplace is described by, and a terse way to write its words down."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Market:
    """share: relative number of homes. price_scale: local price of what costs 1 in US dollars.

    phone_prefixes: E.164 starts of ordinary mobile numbers; `phone_digits` random digits follow.
    first_names, last_names: (as shown, as in a mailbox). street_kinds: (in full, abbreviated), where {} is
    the street's own name. postcode: # is a digit, @ a letter. number_first: '12 Elm Street' rather than 'Elm
    Street 12'.
    """

    code: str
    share: float
    currency: str
    minor_digits: int
    price_scale: float
    phone_prefixes: tuple[str, ...]
    phone_digits: int
    first_names: tuple[tuple[str, str], ...]
    last_names: tuple[tuple[str, str], ...]
    street_kinds: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    postcode: str
    unit_words: tuple[str, ...]
    domains: tuple[str, ...]
    number_first: bool = False


def latin(text: str) -> tuple[tuple[str, str], ...]:
    """Names in Latin script with their mailbox forms: accents off, lower case."""
    special = str.maketrans("łß", "ls")
    return tuple(
        (
            word,
            unicodedata.normalize("NFKD", word.lower().translate(special))
            .encode("ascii", "ignore")
            .decode("ascii"),
        )
        for word in text.split()
    )


def paired(text: str) -> tuple[tuple[str, str], ...]:
    """Names and their mailbox forms, written shown=mailbox."""
    pairs = (word.split("=") for word in text.split())
    return tuple((shown, mailbox) for shown, mailbox in pairs)


def words(text: str) -> tuple[str, ...]:
    """An underscore stands for a space within a word."""
    return tuple(word.replace("_", " ") for word in text.split())
