"""Postcodes in address texts: a long number, or a pattern of letters and digits that some service uses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.graph.address_words import AddressWords, Bools, Longs, join_words
from graphrisk.graph.words import SEGMENT_MARK

_LONG_CODE_DIGITS = 4  # a number of so many digits may be a postcode
_MOST_CODE_DIGITS = 7  # of a longer one the first five count: what follows is a delivery point


def find_codes(words: AddressWords, count: int) -> tuple[Bools, pa.Array]:
    """(whether a word is part of its text's postcode [K], the postcodes [count])."""
    span = _code_spans(words)
    begins = np.flatnonzero(span)
    in_code = np.zeros(len(words.word), dtype=bool)
    if len(begins) == 0:
        return in_code, pa.array([""] * count, pa.string())
    # One that fills its segment goes before one that does not; then the last.
    size = np.bincount(words.segment, weights=words.word != _mark_code(words), minlength=0)
    whole = size[words.segment[begins]] == span[begins]
    order = np.lexsort((begins, whole, words.text[begins]))
    last = np.flatnonzero(np.diff(words.text[begins[order]], append=-1) != 0)
    chosen = begins[order[last]]
    for offset in range(int(span.max())):
        in_code[chosen[span[chosen] > offset] + offset] = True
    return in_code, _cut_codes(join_words(words, in_code & ~words.mark, count))


def _mark_code(words: AddressWords) -> int:
    return int(pc.index(words.vocabulary, SEGMENT_MARK).as_py())


def _code_spans(words: AddressWords) -> Longs:
    """[K] how many words the postcode that starts here has; 0 where none does. Longer patterns come later."""
    n, chars, after = words.number, words.chars, words.following
    letters = ~n & ~words.mark

    def of_digits(least: int, most: int) -> Bools:
        return n & (chars >= least) & (chars <= most)

    def of_letters(least: int, most: int) -> Bools:
        return letters & (chars >= least) & (chars <= most)

    no_more = ~after(words.hyphen, 3)
    hyphenated = of_digits(2, 5) & after(words.hyphen) & after(of_digits(3, 4), 2) & no_more
    later = words.segment > _first_segments(words)
    spaced = of_digits(3, 3) & after(of_digits(2, 2)) & later
    british = of_letters(1, 2) & after(of_digits(1, 2))
    short_british = british & after(of_digits(1, 1), 2) & after(of_letters(2, 2), 3)
    long_british = (
        british & after(of_letters(1, 1), 2) & after(of_digits(1, 1), 3) & after(of_letters(2, 2), 4)
    )  # fmt: skip
    canadian = (
        of_letters(1, 1) & after(of_digits(1, 1)) & after(of_letters(1, 1), 2) & after(of_digits(1, 1), 3)
        & after(of_letters(1, 1), 4) & after(of_digits(1, 1), 5)
    )  # fmt: skip
    span = np.zeros(len(n), dtype=np.int64)
    for pattern, length in (
        (of_digits(_LONG_CODE_DIGITS, 12) & ~words.before(words.hyphen), 1), (spaced, 2), (hyphenated, 3),
        (short_british, 4), (long_british, 5), (canadian, 6),
    ):  # fmt: skip
        span[pattern] = length
    return span


def _first_segments(words: AddressWords) -> Longs:
    """[K] the number of the first segment of each word's text."""
    starts = np.flatnonzero(np.diff(words.text, prepend=-1) != 0)
    return np.repeat(words.segment[starts], np.diff(starts, append=len(words.text)))


def _cut_codes(codes: pa.Array) -> pa.Array:
    """Without the spaces of joining; of a number longer than any postcode its first five digits."""
    bare = pc.replace_substring(codes, " ", "")
    long = pc.match_substring_regex(bare, rf"^[0-9]{{{_MOST_CODE_DIGITS + 1},}}$")
    return pc.if_else(long, pc.utf8_slice_codeunits(bare, 0, 5), bare)
