"""Address texts -> their words, each with what it may be: a number, a mark, a word of a flat or a floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.links import Ints
from graphrisk.graph.words import MARKS, SEGMENT_MARK, WordTable
from graphrisk.model.address_words import LOT_WORDS, NUMBER_WORDS, PLACE_WORDS, UNIT_WORDS

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AddressWords:
    """Each word of all texts, in order, with what it is; all arrays are [K].

    segment: ascending, a number for each part of a text between SEGMENT_MARKs. chars: length of the word.
    """

    vocabulary: pa.Array
    word: Ints
    text: Ints
    segment: Longs
    chars: Longs
    number: Bools
    mark: Bools
    glued: Bools
    letter: Bools
    unit_word: Bools
    place_word: Bools
    number_word: Bools
    lot_word: Bools
    slash: Bools
    hyphen: Bools

    def following(self, flags: Bools, by: int = 1) -> Bools:
        """Whether the word `by` places on is in the same segment and has the flag; negative for before."""
        count = len(flags)
        found = np.zeros(count, dtype=bool)
        if abs(by) < count:
            here = slice(None, count - by) if by > 0 else slice(-by, None)
            there = slice(by, None) if by > 0 else slice(None, count + by)
            found[here] = flags[there] & (self.segment[here] == self.segment[there])
        return found

    def before(self, flags: Bools, by: int = 1) -> Bools:
        return self.following(flags, -by)


def classify_words(table: WordTable) -> AddressWords:
    vocabulary = table.vocabulary
    digits = np.array([word.isdigit() for word in vocabulary], dtype=bool)
    one = np.array([len(word) == 1 and word.isalpha() for word in vocabulary], dtype=bool)

    words = pa.array(vocabulary, pa.string())

    def among(known: tuple[str, ...]) -> Bools:
        return np.asarray(pc.is_in(words, pa.array(known, pa.string())), dtype=np.bool_)[table.word]

    starts = (np.diff(table.text, prepend=-1) != 0) | among((SEGMENT_MARK,))
    chars = np.array([len(word) for word in vocabulary], dtype=np.int64)
    return AddressWords(
        vocabulary=words, word=table.word, text=table.text,
        segment=np.cumsum(starts), chars=chars[table.word], number=digits[table.word], mark=among(MARKS),
        glued=table.glued, letter=one[table.word], unit_word=among(UNIT_WORDS),
        place_word=among(PLACE_WORDS), number_word=among(NUMBER_WORDS), lot_word=among(LOT_WORDS),
    slash=among(("/",)), hyphen=among(("-",)), )  # fmt: skip


def join_words(words: AddressWords, flags: Bools, count: int) -> pa.Array:
    """[count] the flagged words of each text, joined by spaces."""
    found = np.flatnonzero(flags)
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(words.text[found], minlength=count), out=offsets[1:])
    lists = pa.ListArray.from_arrays(pa.array(offsets), words.vocabulary.take(pa.array(words.word[found])))
    return pc.binary_join(lists, " ")
