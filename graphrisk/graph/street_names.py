"""How alike two street names are, as people write them: with slips, abbreviations and words left out.

A word counts by how rare it is among the streets of the data, so that nobody has to say which words mean
'street' in which language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from graphrisk.model.address_words import PLACE_WORDS

ALIKE_SHARE = 0.75  # of what the shorter name says must be found in the other
_COMMON_SHARE = 0.02  # of the streets: a word in more of them names none
_COMMON_COUNT = 12
_WHOLE_CHARS = 5  # letters of a name that may have one slip anywhere
_LEAST_SCORE = 50  # of 100: below it no reading makes two names alike
_MINOR_WEIGHT = 0.25  # of a word that is common, or says only where in a building
_PLACE_WORDS = frozenset(PLACE_WORDS)
_SLIPS = ((11, 3), (7, 2), (3, 1))  # letters of the longer word, slips that it may have


@dataclass(frozen=True, slots=True)
class StreetNames:
    """S distinct street names.

    words: of each name, in order. weight: what each word says, nats, by how few of the names have it.
    common: the words that name no street.
    """

    words: tuple[tuple[str, ...], ...]
    weight: dict[str, float]
    common: frozenset[str]

    @classmethod
    def of(cls, names: Sequence[str]) -> StreetNames:
        words = tuple(tuple(name.split()) for name in names)
        counts: dict[str, int] = {}
        for of_name in words:
            for word in set(of_name):
                counts[word] = counts.get(word, 0) + 1
        most = max(_COMMON_COUNT, _COMMON_SHARE * len(names))
        return cls(
            words,
            {word: math.log((len(names) + 1) / count) for word, count in counts.items()},
            frozenset(word for word, count in counts.items() if count > most),
        )

    def affixes(self, chars: int) -> tuple[tuple[str, ...], ...]:
        """Of each name, the first and the last letters of the words that name it."""
        return tuple(
            tuple({part: None for word in self._naming(words) for part in (word[:chars], word[-chars:])})
            for words in self.words
        )

    def rarest(self) -> tuple[str, ...]:
        """The word of each name that says most; '' for an empty name."""
        return tuple(max(words, key=lambda w: (self.weight[w], w), default="") for words in self.words)

    def _naming(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for word in words if word not in self.common) or words

    def likeness(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For P pairs of names, symmetric, each in 0..1: the share of what the shorter name says that the
        other says as well, and the same of the longer. 0 where the two agree in nothing that names a
        street."""
        low, high = np.minimum(first, second), np.maximum(first, second)
        packed, inverse = np.unique(low * len(self.words) + high, return_inverse=True)
        found = np.ones((len(packed), 2))
        one, other = packed // max(len(self.words), 1), packed % max(len(self.words), 1)
        differs = np.flatnonzero(one != other)
        found[differs] = 0.0
        slipped, worth_a_look = self._first_look(one[differs], other[differs])
        found[differs[slipped]] = 1.0
        for at in differs[worth_a_look & ~slipped].tolist():
            found[at] = self._likeness(self.words[one[at]], self.words[other[at]])
        return found[inverse, 0], found[inverse, 1]

    def _first_look(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """[P] each, compiled and so quick: whether two names are a slip apart as a whole, and whether they
        have letters enough in common, words in any order, to be read more closely."""
        if len(first) == 0:
            return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
        texts = [" ".join(of_name) for of_name in self.words]
        # What has digits, or names no street, is read word by word.
        plain = np.array(
            [len(text) >= _WHOLE_CHARS and text.replace(" ", "").isalpha() for text in texts], dtype=bool
        )
        plain &= np.array([not self.common.issuperset(words) for words in self.words], dtype=bool)
        ends = [[texts[at] for at in side.tolist()] for side in (first, second)]
        slips = process.cpdist(*ends, scorer=OSA.distance, score_cutoff=1)
        naming = [" ".join(self._naming(of_name)) for of_name in self.words]
        ends = [[naming[at] for at in side.tolist()] for side in (first, second)]
        score = process.cpdist(*ends, scorer=fuzz.token_ratio, score_cutoff=_LEAST_SCORE)
        return np.asarray((slips <= 1) & plain[first] & plain[second]), np.asarray(score > 0)

    def _likeness(self, a: tuple[str, ...], b: tuple[str, ...]) -> tuple[float, float]:
        """Words that both have are set aside; then what is left is paired, one by one, and the rest as a
        whole."""
        both = set(a).intersection(b)
        left_a, left_b = [w for w in a if w not in both], [w for w in b if w not in both]
        matched = sum(self.weight[word] for word in sorted(both))
        names_street = not self.common.issuperset(both)
        if left_a and left_b:
            for word in tuple(left_a):
                for partner in left_b:
                    if written_alike(word, partner):
                        matched += min(self.weight[word], self.weight[partner])
                        names_street |= word not in self.common or partner not in self.common
                        left_a.remove(word)
                        left_b.remove(partner)
                        break
            # One word may be two in the other.
            several = left_a and left_b and len(left_a) + len(left_b) > 2
            if several and slips_apart("".join(left_a), "".join(left_b)):
                matched += min(self._said(left_a), self._said(left_b))
                names_street, left_a, left_b = True, [], []
        if not names_street:
            return 0.0, 0.0
        left = sorted((self._said(left_a), self._said(left_b)))
        shorter, longer = (1.0 if matched + rest <= 0 else matched / (matched + rest) for rest in left)
        return shorter, longer

    def _said(self, words: Sequence[str]) -> float:
        """Nats that the words say; those that name no street say a part of it only."""
        return sum(self.weight[word] * (_MINOR_WEIGHT if self._is_minor(word) else 1.0) for word in words)

    def _is_minor(self, word: str) -> bool:
        return word in self.common or word in _PLACE_WORDS


@lru_cache(maxsize=1 << 18)
def written_alike(one: str, other: str) -> bool:
    """A slip or two, or one is short for the other: the same first letter, the others in order ('blvd')."""
    return slips_apart(one, other) or _shortens(one, other) or _shortens(other, one)


def slips_apart(one: str, other: str) -> bool:
    """Letters dropped, doubled, exchanged or swapped (optimal string alignment), as many as the length
    allows. Digits are no letters: another number is another street."""
    length = max(len(one), len(other))
    most = next((slips for letters, slips in _SLIPS if length >= letters), 0)
    if most == 0 or abs(len(one) - len(other)) > most or OSA.distance(one, other, score_cutoff=most) > most:
        return False
    return _digits(one) == _digits(other)


def _digits(word: str) -> str:
    return "" if word.isalpha() else "".join(letter for letter in word if letter.isdigit())


def _shortens(short: str, long: str) -> bool:
    if len(short) >= len(long) or short[0] != long[0] or not short.isalpha():
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)
