"""Texts -> words, once for each distinct word: what addresses and names are compared by.

A text is cut at everything that is neither letter nor digit; then each distinct piece is folded and cut
between letters and digits, however often it occurs. So most of the work is Arrow's, and what is left to
Python grows with the vocabulary, not with the texts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.links import Ints
from graphrisk.model.address_words import LOOKALIKES, PLAIN_LETTERS

SEGMENT_MARK = ","  # a comma, semicolon or end of line: what the columns of an address are joined by
MARKS = (SEGMENT_MARK, "/", "-", "#")
MOST_TEXT_CHARS = 400  # what follows is not read
_MOST_WORD_CHARS = 40

# Cuts in the order in which they are made; a hyphen stays a mark only between two numbers.
_CUTS = (
    (r"[,;\n\r\t|、]+", " , "),
    (r"([/#])", r" \1 "),
    (r"(\p{Nd})[-‐-―−](\p{Nd})", r"\1 - \2"),
    (r"(\p{Nd})[-‐-―−](\p{Nd})", r"\1 - \2"),  # the second hyphen of 1-2-3
    (r"[^\p{L}\p{M}\p{N},/# -]+", " "),
    (r"([^ ])-+", r"\1 "),
    (r"-+([^ ])", r" \1"),
)
_PLAIN = str.maketrans(dict(PLAIN_LETTERS))
_LATIN = str.maketrans(dict(LOOKALIKES))
_ACCENTS = re.compile("[\u0300-\u036f]")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)")
_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_LATIN_LETTER = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class WordTable:
    """The words of V texts, in order.

    vocabulary: W distinct words, each of digits, of letters, or one of MARKS, sorted. word: int32 [K],
    positions in the vocabulary, text by text. text: int32 [K], ascending: whose word it is. glued: bool [K],
    written without a space behind the word before, as the letter of 12a.
    """

    text_count: int
    vocabulary: tuple[str, ...]
    word: Ints
    text: Ints
    glued: NDArray[np.bool_]


def split_words(texts: pa.Array) -> WordTable:
    """texts: strings, none null."""
    cut = pc.utf8_normalize(pc.utf8_slice_codeunits(texts, 0, MOST_TEXT_CHARS), form="NFKC")
    for pattern, replacement in _CUTS:
        cut = pc.replace_substring_regex(cut, pattern, replacement)
    rough = pc.split_pattern(pc.utf8_trim(cut, " "), " ")
    owner = np.asarray(pc.list_parent_indices(rough), dtype=np.int32)
    pieces = rough.flatten().dictionary_encode()
    parts = [fold_word(piece) for piece in pieces.dictionary.to_pylist()]
    vocabulary = tuple(sorted({part for of_piece in parts for part in of_piece}))
    code = {part: position for position, part in enumerate(vocabulary)}
    flat = np.array([code[part] for of_piece in parts for part in of_piece], dtype=np.int32)
    lengths = np.array([len(of_piece) for of_piece in parts], dtype=np.int64)
    text, at, within = _spread(lengths, np.asarray(pieces.indices), owner)
    return WordTable(len(texts), vocabulary, flat[at], text, within > 0)


def _spread(
    length: NDArray[np.int64], piece: NDArray[np.int32], owner: Ints
) -> tuple[Ints, NDArray[np.int64], NDArray[np.int64]]:
    """Each piece of a text replaced by its words: whose each is, where it stands among the words of all
    distinct pieces, and which of its piece it is."""
    count = length[piece]
    text = np.repeat(owner, count)
    within = np.arange(len(text)) - np.repeat(np.cumsum(count) - count, count)
    return text, np.repeat((np.cumsum(length) - length)[piece], count) + within, within


def fold_word(piece: str) -> tuple[str, ...]:
    """Lower case without accents, cut between letters and digits: 'Apt4' -> ('apt', '4').

    An ordinal stays whole. Letters of another script in a word with Latin ones are read as what they look
    like.
    """
    text = piece.casefold()
    if not text.isascii():  # most are, and have nothing to fold
        text = unicodedata.normalize("NFKD", text).translate(_PLAIN)
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
        text = "".join(map(_plain_digit, text))
        if _LATIN_LETTER.search(text):
            text = text.translate(_LATIN)
    if _ORDINAL.fullmatch(text):
        return (text[:_MOST_WORD_CHARS],)
    return tuple(part[:_MOST_WORD_CHARS] for part in _PARTS.findall(text))


def _plain_digit(letter: str) -> str:
    """The Latin digit of a digit in any script; else the letter."""
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
