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

from graphrisk.graph.address_words import AddressWords, Bools, classify_words, join_words
from graphrisk.graph.links import Ints
from graphrisk.graph.postcodes import find_codes
from graphrisk.graph.words import split_words


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


def read_parts(texts: pa.Array) -> AddressParts:
    """texts: strings, none null."""
    words = classify_words(split_words(texts))
    count = len(texts)
    in_code, code = find_codes(words, count)
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
    houses = join_words(words, house, count)
    # '1600 Main St, Springfield': the only number, and it leads.
    leads = np.zeros(count, dtype=bool)
    leads[words.text[in_code & _starts_text(words) & words.number]] = True
    is_house = pc.and_(pc.equal(houses, ""), pa.array(leads))
    return AddressParts(
        code=pc.if_else(is_house, "", code), house=_without_zeros(pc.if_else(is_house, code, houses)),
        street=join_words(words, is_word & at_house, count),
        rest=join_words(words, is_word & ~at_house, count),
        door=_without_zeros(join_words(words, door, count)),
        floor=_without_zeros(join_words(words, place_number, count)),
    )  # fmt: skip


def _without_zeros(numbers: pa.Array) -> pa.Array:
    """Leading zeros mean something in postcodes only."""
    return pc.replace_substring_regex(numbers, r"\b0+([0-9])", r"\1")


def _unit_is_named(words: AddressWords) -> Bools:
    """Where a word of a flat has its number or letter beside it, and so is no part of a street's name."""
    follows = words.following(words.number | words.letter)
    hash_follows = words.following(words.unit_word & words.mark)  # 'Apt #4'
    unspaced = words.before(words.number) & ~_is_ascii(words) & ~follows
    return follows | hash_follows | unspaced


def _is_ascii(words: AddressWords) -> Bools:
    return np.asarray(pc.string_is_ascii(words.vocabulary), dtype=np.bool_)[words.word]


def _other_numbers(words: AddressWords, open_word: Bools) -> tuple[Bools, Bools]:
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


def _is_segment_mark(words: AddressWords) -> Bools:
    return words.mark & ~words.slash & ~words.hyphen & ~words.unit_word


def _is_later_number(words: AddressWords, numbers: Bools) -> Bools:
    """Whether an earlier word of the text is a number."""
    return numbers & ~_first_of_text(numbers, words.text)


def _first_of_text(flags: Bools, text: Ints) -> Bools:
    found = np.flatnonzero(flags)
    first = np.zeros(len(flags), dtype=bool)
    first[found[np.diff(text[found], prepend=-1) != 0]] = True
    return first


def _whole_lots(first: Bools, plain: Bools, words: AddressWords) -> Bools:
    """With the numbers that belong to the first one: 1-2-3, or those between words like LOT_WORDS."""
    tie = words.hyphen & words.following(plain)
    chain = plain & words.following(tie) & words.following(tie, 3)
    tied = words.before(chain, 2) | words.before(chain, 4) | (plain & words.before(words.lot_word))
    house = first
    for _ in range(2):
        house = house | (plain & tied & words.before(house, 2))
    return house


def _starts_text(words: AddressWords) -> Bools:
    return np.asarray(np.diff(words.text, prepend=-1) != 0)


def _letters_behind(words: AddressWords, numbers: Bools) -> Bools:
    """The letter of 12a, or of '12 A' where nothing follows; elsewhere one letter may begin a name."""
    ends = ~words.following(~words.mark)
    flat = words.unit_word & _unit_is_named(words)
    return words.letter & words.before(numbers) & (words.glued | ends) & ~flat & ~words.lot_word


def _segments_with(flags: Bools, words: AddressWords, count: int) -> Bools:
    """[K] whether a word is in the segment of its text's house number; without one, in the first segment."""
    chosen = np.full(count, -1, dtype=np.int64)
    starts = np.flatnonzero(np.diff(words.text, prepend=-1) != 0)
    chosen[words.text[starts]] = words.segment[starts]
    found = np.flatnonzero(flags)
    chosen[words.text[found]] = words.segment[found]
    return np.asarray(words.segment == chosen[words.text])
