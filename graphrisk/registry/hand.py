"""What a text shows of the hand that wrote it, and not of what it names: features with values."""

from __future__ import annotations

import re
from collections.abc import Iterator

Feature = tuple[str, str]

_PART = re.compile(r"([^\W\d_]+)|(\d+)|([^\w\s]|_)|(\s+)")
_LAST_DIGITS = re.compile(r"\d*\Z")
MOST_CHARACTERS = 200  # of a text; nobody writes a longer address by hand
MOST_DIGITS = 6


def read_mailbox(text: str) -> Iterator[Feature]:
    """Separator, digits at the end, tag and domain of an e-mail address; nothing of what is none, as a keyed
    hash."""
    local, at, domain = text[:MOST_CHARACTERS].casefold().rpartition("@")
    if not at or not local:
        return
    name, plus, _ = local.partition("+")
    separators = [char for char in name if not char.isalnum()]
    yield "separator", separators[0] if separators else "none"
    found = _LAST_DIGITS.search(name)
    yield "digits", str(min(len(found.group()) if found else 0, MOST_DIGITS))
    yield "tag", "yes" if plus else "no"
    yield "domain", domain


def read_name(text: str) -> Iterator[Feature]:
    """Number and case of the words, and the last of them, in which families and lists of names agree."""
    words = text[:MOST_CHARACTERS].split()
    if not words:
        return
    yield "words", str(min(len(words), 5))
    yield "case", _case_of("".join(words))
    if len(words) > 1:
        yield "last", words[-1].casefold()


def read_address(text: str) -> Iterator[Feature]:
    """The order of words, numbers and signs, like things in a row as one; and each word without a digit.
    Nothing of a text of one word, as a keyed hash."""
    if len(text.split()) < 2:
        return
    parts: list[str] = []
    words: set[str] = set()
    for match in _PART.finditer(text[:MOST_CHARACTERS]):
        word, number, sign, _ = match.groups()
        part = _case_of(word) if word else "9" if number else sign
        if part and (not parts or parts[-1] != part):
            parts.append(part)
        if word:
            words.add(word.casefold())
    if parts:
        yield "shape", " ".join(parts)
    for word in sorted(words):
        yield "word", word


def _case_of(text: str) -> str:
    """'A' for capitals, 'a' for small letters, 'Aa' for both, 'x' for letters that have no case. A single
    capital says nothing of what its writer does with more, and counts as both."""
    letters = [char for char in text if char.isalpha()]
    upper = sum(char.isupper() for char in letters)
    lower = sum(char.islower() for char in letters)
    if upper and not lower:
        return "A" if upper > 1 else "Aa"
    if lower and not upper:
        return "a"
    return "Aa" if upper else "x"
