"""Finds raw identifiers in text: values that the workspace knows, and what looks like one (enforce.patterns).

Text and values are cut into words, runs of letters and digits. A value is found where its words stand whole
and in its order, never inside of a longer word; the text is passed over once, whatever the number of values.
Some values tell nothing of anybody, and would be found everywhere:

- A value of fewer than 4 letters and digits, or of digits alone fewer than 6, is not looked for.
- A value that is one word of letters alone (`review`; ids may be chosen) is found only where it is a whole
  text, or stands in quotes: nobody can make a common word unspeakable by calling himself so.
- A name is looked for where it has two words or more: first names are everybody's.
- A text that is nothing but a word of ours (a field, a tier) is passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from graphrisk.enforce.patterns import find_looks
from graphrisk.model.enforcement import (
    ACTION,
    ActionRow,
    Bucket,
    Evidence,
    Money,
    Operation,
    PlanRow,
    Purpose,
    Source,
    Tier,
)
from graphrisk.model.ledger import BODIES, AppealStatus, Entry

HEAD_WORDS = 3  # values are looked up by so many of their first words
MOST_WORDS = 40  # of a longer value, its first words are looked for
LEAST_CHARS, LEAST_DIGITS, LONGEST_WORD = 4, 6, 16

_WORD = re.compile(r"[^\W_]+")
_QUOTES = "\"'`"
_ENUMS: tuple[type[StrEnum], ...] = (AppealStatus, Bucket, Operation, Purpose, Source, Tier)
_RECORDS = (ActionRow, Entry, Evidence, Money, PlanRow, *BODIES.values())
OWN_WORDS: frozenset[str] = frozenset(
    (
        *BODIES, *ACTION.names, *(each.name for record in _RECORDS for each in fields(record)),
        *(word.value for words in _ENUMS for word in words), "canary", "rest", "all",
    )
)  # fmt: skip


class Match(StrEnum):
    """How a value is told from others of the same words."""

    EXACT = "exact"  # by every character between its first word and its last
    FOLDED = "folded"  # so, but for case
    WORDS = "words"  # by its words in any case, whatever stands between them
    NAME = "name"  # so, and it is a person's


@dataclass(frozen=True, slots=True)
class KnownValue:
    """kind: `account`, `name` or a kind of identifier. text: as it is known, key or raw spelling."""

    kind: str
    text: str
    match: Match = Match.FOLDED


@dataclass(frozen=True, slots=True)
class Find:
    """first_word, last_word: which words of the text it is, from 1. sample: masked. known: else it only looks
    like one."""

    kind: str
    first_word: int
    last_word: int
    sample: str
    known: bool


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """lengths: by the first words of values, how many words they have. kinds: by all words, then by the
    spelling that has to be found (see _spelling), the kind."""

    lengths: Mapping[str, frozenset[int]]
    kinds: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, values: Iterable[KnownValue]) -> KnownIndex:
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        kinds: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for value in values:
            words = list(_WORD.finditer(value.text))[:MOST_WORDS]
            if not _tells(value, [word.group() for word in words]):
                continue
            folded = [word.group().casefold() for word in words]
            lengths[" ".join(folded[:HEAD_WORDS])].add(len(folded))
            core = value.text[words[0].start() : words[-1].end()]
            kinds[" ".join(folded)].setdefault(_spelling(value.match, core), value.kind)
        return cls({head: frozenset(counts) for head, counts in lengths.items()}, dict(kinds))


def find_identifiers(text: str, index: KnownIndex, region: str) -> tuple[Find, ...]:
    """Everything in the text that is known or looks like an identifier; what is both is told as known.
    region: of telephone numbers without country code."""
    if text.strip() in OWN_WORDS:
        return ()
    words = list(_WORD.finditer(text))
    found = list(_find_known(text, words, index))
    for looks in find_looks(text, region):
        at = [
            place
            for place, word in enumerate(words, 1)
            if looks.start < word.end() and word.start() < looks.end
        ]
        at = at or [1]  # of underscores alone
        if not any(find.first_word <= at[-1] and at[0] <= find.last_word for find in found):
            found.append(Find(looks.kind, at[0], at[-1], mask(text[looks.start : looks.end]), known=False))
    return tuple(sorted(found, key=lambda find: find.first_word))


def mask(value: str) -> str:
    """What may be shown of it: its first letter or digit, and how long it is."""
    first = _WORD.search(value)
    return f"{first.group()[0] if first else ''}*** ({len(value)} characters)"


def _find_known(text: str, words: list[re.Match[str]], index: KnownIndex) -> Iterator[Find]:
    folded = [word.group().casefold() for word in words]
    at = 0
    while at < len(words):
        longest = 0
        for count in sorted(_lengths_from(folded, at, index), reverse=True):
            start, end = words[at].start(), words[at + count - 1].end()
            kind = _kind_of(text, start, end, index.kinds.get(" ".join(folded[at : at + count]), {}))
            if kind is not None:
                yield Find(kind, at + 1, at + count, mask(text[start:end]), known=True)
                longest = count
                break
        at += longest or 1


def _lengths_from(folded: list[str], at: int, index: KnownIndex) -> set[int]:
    counts: set[int] = set()
    for head in range(1, HEAD_WORDS + 1):
        counts |= index.lengths.get(" ".join(folded[at : at + head]), frozenset())
    return {count for count in counts if at + count <= len(folded)}


def _kind_of(text: str, start: int, end: int, kinds: Mapping[str, str]) -> str | None:
    core = text[start:end]
    if kinds and _is_plain_word(core) and not _stands_alone(text, start, end):
        return None
    spellings = (_spelling(match, core) for match in Match)
    return next((kinds[spelling] for spelling in spellings if spelling in kinds), None)


def _spelling(match: Match, core: str) -> str:
    """What of a value has to be the same; the first letter keeps the ways apart."""
    told = {Match.EXACT: core, Match.FOLDED: core.casefold()}
    return f"{match.value[0]}{told.get(match, '')}"


def _tells(value: KnownValue, words: list[str]) -> bool:
    letters = "".join(words)
    least = LEAST_DIGITS if letters.isdecimal() else LEAST_CHARS
    return len(letters) >= least and (value.match is not Match.NAME or len(words) > 1)


def _is_plain_word(core: str) -> bool:
    return core.isalpha() and len(core) <= LONGEST_WORD


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[:start].strip(), text[end:].strip()
    return (not before and not after) or (
        text[start - 1 : start] in tuple(_QUOTES) and text[end : end + 1] == text[start - 1 : start]
    )
