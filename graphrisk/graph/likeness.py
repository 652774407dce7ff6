"""How near two values are, and which values of a kind are near each other: slips of the pen.

Distances are those of rapidfuzz: optimal string alignment (letters dropped, doubled, exchanged, swapped),
Jaro-Winkler, and shares of common words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from graphrisk.graph.blocking import Longs, combine_keys, pair_by_keys
from graphrisk.graph.links import Ints
from graphrisk.model.kinds import Comparison
from graphrisk.model.likeness import levels_of

Bytes = NDArray[np.int8]

BLOCK_CAP = 300  # values that agree in a key
FULLY_BLOCKED_LEVEL = 1  # all pairs of this level and nearer ones agree in a key (but for a few of two slips)
MOST_CHARS = 64  # of a value; what follows is not compared
_AFFIX_CHARS = 4
_NUMBERS = re.compile(r"[0-9]+")
_MARKS = re.compile("[\u0300-\u036f]")
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class SimilarPairs:
    """Values of one kind that are near each other, found by blocking.

    first, second: int32 [P], positions of values, first < second, each pair once, sorted. level: int8 [P], 1
    for the nearest. skipped_block_count: see graph/blocking.py.
    """

    first: Ints
    second: Ints
    level: Bytes
    skipped_block_count: int = 0


def fold_values(texts: Sequence[str], comparison: Comparison) -> list[str]:
    """Each value as it is compared: lower case without accents and punctuation; of a date, year, month and
    day in eight digits, where they can be told; of a number its digits and letters without spaces."""
    fold = _FOLD.get(comparison, _fold_words)
    return [fold(text)[:MOST_CHARS] for text in texts]


def _fold_words(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return _NOT_WORD.sub(" ", bare).strip()


def _fold_number(text: str) -> str:
    return _fold_words(text).replace(" ", "")


def _fold_date(text: str) -> str:
    parts: list[str] = _NUMBERS.findall(unicodedata.normalize("NFKC", text))
    if len(parts) >= 3:  # a time of day may follow
        first, second, third = parts[:3]
        year, month, day = (third, second, first) if len(third) == 4 else (first, second, third)
        return f"{year:0>4}{month:0>2}{day:0>2}"
    return "".join(parts)


_FOLD: dict[Comparison, Callable[[str], str]] = {
    Comparison.DATE: _fold_date,
    Comparison.DIGITS: _fold_number,
}


def find_similar(folded: Sequence[str], comparison: Comparison) -> SimilarPairs:
    """folded: V distinct or equal values from fold_values; empty ones are near to nothing."""
    item, key = _keys(folded, comparison)
    blocked = pair_by_keys(item, key, block_cap=BLOCK_CAP)
    level = compare_values(folded, blocked.first, blocked.second, comparison)
    near = level <= len(levels_of(comparison))
    return SimilarPairs(
        blocked.first[near].astype(np.int32), blocked.second[near].astype(np.int32), level[near],
        blocked.skipped_block_count,
    )  # fmt: skip


def compare_values(folded: Sequence[str], first: Longs, second: Longs, comparison: Comparison) -> Bytes:
    """[P] the level of each pair: 0 equal, then the comparison's levels, then one more for values that
    differ. Symmetric. Values that are folded to nothing differ from all others."""
    if len(first) == 0:
        return np.zeros(0, dtype=np.int8)
    one, other = ([folded[at] for at in side.tolist()] for side in (first, second))
    level = np.full(len(first), len(levels_of(comparison)) + 1, dtype=np.int8)
    for number, near in reversed(list(enumerate(_NEAR[comparison], start=1))):
        level[near(one, other)] = number
    level[np.array([a == b for a, b in zip(one, other, strict=True)], dtype=bool)] = 0
    said = np.array([bool(a) and bool(b) for a, b in zip(one, other, strict=True)], dtype=bool)
    level[~said] = len(levels_of(comparison)) + 1
    return level


Near = Callable[[list[str], list[str]], NDArray[np.bool_]]


def _slips(one: list[str], other: list[str], most: int) -> NDArray[np.bool_]:
    found = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=most)
    return np.asarray(found <= most)


def _lengths(one: list[str], other: list[str]) -> NDArray[np.int64]:
    """[P] letters of the shorter value of each pair."""
    return np.array([min(len(a), len(b)) for a, b in zip(one, other, strict=True)], dtype=np.int64)


def _name_slip(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """One slip in three letters or more, two in eight or more."""
    length = _lengths(one, other)
    return np.asarray((_slips(one, other, 1) & (length >= 2)) | (_slips(one, other, 2) & (length >= 8)))


def _name_near(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """Jaro-Winkler of .88, or one begins the other: a short form, or a second name left out."""
    alike = process.cpdist(one, other, scorer=JaroWinkler.similarity) >= 0.88
    begins = np.array(
        [a.startswith(b) or b.startswith(a) for a, b in zip(one, other, strict=True)], dtype=bool
    )
    return np.asarray((alike | begins) & (_lengths(one, other) >= 3))


def _date_slip(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """One slip, or day and month exchanged."""
    swapped = [a[:4] + a[6:8] + a[4:6] if len(a) == 8 else a for a in one]
    same = np.array([a == b for a, b in zip(swapped, other, strict=True)], dtype=bool)
    return np.asarray(_slips(one, other, 1) | same)


def _date_near(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """Two of year, month and day the same, or two slips."""
    parts = [
        len(a) == len(b) == 8 and (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:]) >= 2
        for a, b in zip(one, other, strict=True)
    ]
    return np.asarray(_slips(one, other, 2) | np.array(parts, dtype=bool))


def _digits_slip(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    return np.asarray(_slips(one, other, 1) & (_lengths(one, other) >= 2))


def _digits_near(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    return np.asarray(_slips(one, other, 2) & (_lengths(one, other) >= 6))


def _text_slip(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """One slip, two in ten letters or more, or the same words in another order or cut elsewhere."""
    length = _lengths(one, other)
    near = _slips(one, other, 2) & (length >= 10)
    near |= _slips(one, other, 1) & (length >= 3)
    for cut in (_in_order, _glued):
        made = {text: cut(text) for text in {*one, *other}}
        near |= _slips([made[text] for text in one], [made[text] for text in other], 1) & (length >= 3)
    return near


def _in_order(text: str) -> str:
    return " ".join(sorted(text.split()))


def _glued(text: str) -> str:
    return text.replace(" ", "")


def _text_near(one: list[str], other: list[str]) -> NDArray[np.bool_]:
    """Most of the shorter value's words are in the other, or Jaro-Winkler of .9."""
    words = process.cpdist(one, other, scorer=fuzz.token_sort_ratio, score_cutoff=75) > 0
    letters = process.cpdist(one, other, scorer=JaroWinkler.similarity) >= 0.9
    return np.asarray((words | letters) & (_lengths(one, other) >= 3))


_NEAR: dict[Comparison, tuple[Near, ...]] = {
    Comparison.NAME: (_name_slip, _name_near),
    Comparison.DATE: (_date_slip, _date_near),
    Comparison.DIGITS: (_digits_slip, _digits_near),
    Comparison.TEXT: (_text_slip, _text_near),
}


def _keys(folded: Sequence[str], comparison: Comparison) -> tuple[Longs, Longs]:
    """(value, key): the value without each one of its letters, so that any two values a slip apart agree in a
    key (Mor and Fraenkel's deletion neighbourhood, Commun. ACM 25(12), 1982, 935-938); of names and texts
    also the first and the last letters, of texts each word."""
    item, key = _deletions(folded)
    if comparison in (Comparison.NAME, Comparison.TEXT):
        pieces = [
            (at, piece)
            for at, text in enumerate(folded)
            for piece in _pieces(text, by_word=comparison is Comparison.TEXT)
        ]
        codes = {piece: code for code, piece in enumerate(dict.fromkeys(piece for _, piece in pieces))}
        items = np.array([at for at, _ in pieces], dtype=np.int64)
        code = np.array([codes[piece] for _, piece in pieces], dtype=np.int64)
        item = np.concatenate((item, items))
        key = np.concatenate((key, combine_keys(code, np.ones_like(code))))
    return item, key


def _pieces(text: str, *, by_word: bool) -> tuple[str, ...]:
    if len(text) <= _AFFIX_CHARS:
        return ()
    ends = (f"^{text[:_AFFIX_CHARS]}", f"{text[-_AFFIX_CHARS:]}$")
    return (*ends, *(f"={word}" for word in text.split() if len(word) >= _AFFIX_CHARS)) if by_word else ends


def _deletions(folded: Sequence[str]) -> tuple[Longs, Longs]:
    """A hash of each value and of the value without its j-th letter, for every j; polynomial, modulo 2^64,
    from the hashes of what stands before and behind."""
    length = np.array([len(text) for text in folded], dtype=np.int64)
    width = int(length.max(initial=0))
    if width == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    letters = np.zeros((len(folded), width), dtype=np.uint64)
    joined = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    inside = np.arange(width) < length[:, None]
    letters[inside] = joined
    with np.errstate(over="ignore"):
        base = np.uint64(0x9E3779B97F4A7C15)
        power = np.cumprod(np.concatenate(([np.uint64(1)], np.full(width, base))))
        head = np.zeros((len(folded), width + 1), dtype=np.uint64)
        for at in range(width):  # the hash of the first at + 1 letters, or of all
            added = head[:, at] * base + letters[:, at] + np.uint64(1)
            head[:, at + 1] = np.where(inside[:, at], added, head[:, at])
        whole = head[:, width]
        rest = np.where(inside, length[:, None] - 1 - np.arange(width), 0)  # letters behind the j-th
        behind = whole[:, None] - head[:, 1:] * power[rest]
        without = head[:, :-1] * power[rest] + behind
    rows = np.broadcast_to(np.arange(len(folded))[:, None], inside.shape)
    said = np.flatnonzero(length > 0)
    item = np.concatenate((rows[inside], said))
    key = np.concatenate((without[inside], whole[said]))
    return item.astype(np.int64), combine_keys(key.view(np.int64), np.zeros(len(key), dtype=np.int64))
