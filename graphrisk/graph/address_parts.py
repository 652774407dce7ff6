"""Address texts -> their parts: postcode, house number, street, what else is said of the town, and the flat.

Nothing is trained and no country is asked for. Numbers are told apart by where they stand and by the word
before them: the postcode is a long number, or one of the patterns of letters and digits that postal services
use; a number behind 'apt', 'Whg', '#' is a flat's; the first of the others is the house's. What a text does
not say is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.links import Ints
from graphrisk.graph.words import MARKS, SEGMENT_MARK, WordTable, split_words
from graphrisk.model.address_words import LOT_WORDS, NUMBER_WORDS, PLACE_WORDS, UNIT_WORDS

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]

_LONG_CODE_DIGITS = 4  # a number of so many digits may be a postcode
_MOST_CODE_DIGITS = 7  # of a longer one the first five count: what follows is a delivery point


@dataclass(frozen=True, slots=True)
class AddressParts:
    """One entry for each of V texts; each part is a string array [V], '' for what the text does not say.

    code: the postcode without spaces and hyphens. house: the house number, digits only. street: the other
    words of the house number's part of the text, in order. rest: the words of the other parts.
    door: flat, letter and further numbers, in order. floor: numbers of floors, staircases, bells and the
    like.
    """

    code: pa.Array
    house: pa.Array
    street: pa.Array
    rest: pa.Array
    door: pa.Array
    floor: pa.Array


@dataclass(frozen=True, slots=True)
class _Words:
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


def read_parts(texts: pa.Array) -> AddressParts:
    """texts: strings, none null."""
    words = _classify(split_words(texts))
    count = len(texts)
    in_code, code = _find_codes(words, count)
    open_word = ~in_code & ~words.mark
    place_number, unit_number = _other_numbers(words, open_word)
    # 'Canal Gate 190' has no other number: then it is no gate's.
    has_plain = np.zeros(count, dtype=bool)
    has_plain[words.text[words.number & open_word & ~place_number & ~unit_number]] = True
    place_number &= has_plain[words.text]
    plain = words.number & open_word & ~place_number & ~unit_number
    house = _whole_lots(_first_of_text(plain, words.text), plain, words)
    suffix = _letters_behind(words, house | unit_number)
    at_house = _segments_with(house, words, count)
    is_word = (
        open_word & ~words.number & ~suffix & ~unit_number & ~(words.unit_word & _unit_is_named(words))
        & ~(words.number_word & words.following(words.number))
        & ~(words.lot_word & words.before(words.number))
    )  # fmt: skip
    door = (unit_number | suffix | (plain & ~house)) & open_word
    houses = _joined(words, house, count)
    # '1600 Main St, Springfield': the only number, and it leads.
    leads = np.zeros(count, dtype=bool)
    leads[words.text[in_code & _starts_text(words) & words.number]] = True
    is_house = pc.and_(pc.equal(houses, ""), pa.array(leads))
    return AddressParts(
        code=pc.if_else(is_house, "", code), house=_without_zeros(pc.if_else(is_house, code, houses)),
        street=_joined(words, is_word & at_house, count), rest=_joined(words, is_word & ~at_house, count),
        door=_without_zeros(_joined(words, door, count)),
        floor=_without_zeros(_joined(words, place_number, count)),
    )  # fmt: skip


def _without_zeros(numbers: pa.Array) -> pa.Array:
    """Leading zeros mean something in postcodes only."""
    return pc.replace_substring_regex(numbers, r"\b0+([0-9])", r"\1")


def _classify(table: WordTable) -> _Words:
    vocabulary = table.vocabulary
    digits = np.array([word.isdigit() for word in vocabulary], dtype=bool)
    one = np.array([len(word) == 1 and word.isalpha() for word in vocabulary], dtype=bool)

    def among(known: tuple[str, ...]) -> Bools:
        return np.isin(np.array(vocabulary, dtype=object), np.array(known, dtype=object))[table.word]

    starts = (np.diff(table.text, prepend=-1) != 0) | among((SEGMENT_MARK,))
    chars = np.array([len(word) for word in vocabulary], dtype=np.int64)
    return _Words(
        vocabulary=pa.array(vocabulary, pa.string()), word=table.word, text=table.text,
        segment=np.cumsum(starts), chars=chars[table.word], number=digits[table.word], mark=among(MARKS),
        glued=table.glued, letter=one[table.word], unit_word=among(UNIT_WORDS),
        place_word=among(PLACE_WORDS), number_word=among(NUMBER_WORDS), lot_word=among(LOT_WORDS),
    slash=among(("/",)), hyphen=among(("-",)), )  # fmt: skip


def _find_codes(words: _Words, count: int) -> tuple[Bools, pa.Array]:
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
    return in_code, _cut_codes(_joined(words, in_code & ~words.mark, count))


def _mark_code(words: _Words) -> int:
    return int(pc.index(words.vocabulary, SEGMENT_MARK).as_py())


def _code_spans(words: _Words) -> NDArray[np.int64]:
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


def _first_segments(words: _Words) -> Longs:
    """[K] the number of the first segment of each word's text."""
    starts = np.flatnonzero(np.diff(words.text, prepend=-1) != 0)
    return np.repeat(words.segment[starts], np.diff(starts, append=len(words.text)))


def _cut_codes(codes: pa.Array) -> pa.Array:
    """Without the spaces of joining; of a number longer than any postcode its first five digits."""
    bare = pc.replace_substring(codes, " ", "")
    long = pc.match_substring_regex(bare, rf"^[0-9]{{{_MOST_CODE_DIGITS + 1},}}$")
    return pc.if_else(long, pc.utf8_slice_codeunits(bare, 0, 5), bare)


def _unit_is_named(words: _Words) -> Bools:
    """Where a word of a flat has its number or letter beside it, and so is no part of a street's name."""
    follows = words.following(words.number | words.letter)
    hash_follows = words.following(words.unit_word & words.mark)  # 'Apt #4'
    unspaced = words.before(words.number) & ~_is_ascii(words) & ~follows
    return follows | hash_follows | unspaced


def _is_ascii(words: _Words) -> Bools:
    return np.array([word.isascii() for word in words.vocabulary.to_pylist()], dtype=np.bool_)[words.word]


def _other_numbers(words: _Words, open_word: Bools) -> tuple[Bools, Bools]:
    """(numbers of floors, bells and the like; numbers and letters of flats)."""
    thing = (words.number | words.letter) & open_word
    hash_mark = words.unit_word & words.mark
    behind_unit = thing & words.before(words.unit_word | hash_mark)
    behind_number = words.unit_word & ~_is_ascii(words) & ~words.following(words.number)
    unspaced = thing & words.number & words.following(behind_number)
    earlier = _is_later_number(words, words.number & open_word)
    place = thing & words.number & (
        words.before(words.place_word) | (words.following(words.place_word) & earlier)
    )  # fmt: skip
    # '4/12 Oak St' is flat 4 of number 12, 'Oak St 12/4' flat 4 as well.
    numbers = words.number & open_word
    starts = ~words.before(np.ones(len(numbers), dtype=bool)) | words.before(_is_segment_mark(words))
    named = ~words.number & ~words.mark
    lettered = words.letter & words.glued
    leads = (
        numbers & starts & words.following(words.slash & words.following(numbers & words.following(named)))
    )
    leads |= numbers & starts & words.following(
        lettered & words.following(words.slash & words.following(numbers & words.following(named)))
    )  # fmt: skip
    behind_lead = words.before(leads, 2) | words.before(words.before(leads, 2) & words.slash)
    trails = numbers & words.before(words.slash & words.before(numbers)) & ~behind_lead
    return place & ~behind_unit, (behind_unit | unspaced | leads | trails) & ~(place & ~behind_unit)


def _is_segment_mark(words: _Words) -> Bools:
    return words.mark & ~words.slash & ~words.hyphen & ~words.unit_word


def _is_later_number(words: _Words, numbers: Bools) -> Bools:
    """Whether an earlier word of the text is a number."""
    return numbers & ~_first_of_text(numbers, words.text)


def _first_of_text(flags: Bools, text: Ints) -> Bools:
    found = np.flatnonzero(flags)
    first = np.zeros(len(flags), dtype=bool)
    first[found[np.diff(text[found], prepend=-1) != 0]] = True
    return first


def _whole_lots(first: Bools, plain: Bools, words: _Words) -> Bools:
    """With the numbers that belong to the first one: 1-2-3, or those between words like LOT_WORDS."""
    tie = words.hyphen & words.following(plain)
    chain = plain & words.following(tie) & words.following(tie, 3)
    tied = words.before(chain, 2) | words.before(chain, 4) | (plain & words.before(words.lot_word))
    house = first
    for _ in range(2):
        house = house | (plain & tied & words.before(house, 2))
    return house


def _starts_text(words: _Words) -> Bools:
    return np.asarray(np.diff(words.text, prepend=-1) != 0)


def _letters_behind(words: _Words, numbers: Bools) -> Bools:
    """The letter of 12a, or of '12 A' where nothing follows; elsewhere one letter may begin a name."""
    ends = ~words.following(~words.mark)
    flat = words.unit_word & _unit_is_named(words)
    return words.letter & words.before(numbers) & (words.glued | ends) & ~flat & ~words.lot_word


def _segments_with(flags: Bools, words: _Words, count: int) -> Bools:
    """[K] whether a word is in the segment of its text's house number; without one, in the first segment."""
    chosen = np.full(count, -1, dtype=np.int64)
    starts = np.flatnonzero(np.diff(words.text, prepend=-1) != 0)
    chosen[words.text[starts]] = words.segment[starts]
    found = np.flatnonzero(flags)
    chosen[words.text[found]] = words.segment[found]
    return np.asarray(words.segment == chosen[words.text])


def _joined(words: _Words, flags: Bools, count: int) -> pa.Array:
    """[count] the flagged words of each text, joined by spaces."""
    found = np.flatnonzero(flags)
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(words.text[found], minlength=count), out=offsets[1:])
    lists = pa.ListArray.from_arrays(pa.array(offsets), words.vocabulary.take(pa.array(words.word[found])))
    return pc.binary_join(lists, " ")
