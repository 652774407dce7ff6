"""The text of addresses: line, city and postcode of a place, in the language of its market, as somebody
spells it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.opaque import fixed_width, mixed_below, mixed_share
from graphrisk.evaluate.simulator.sampling import Bools, Ints
from graphrisk.evaluate.simulator.spelling import Spelling, Spellings
from graphrisk.evaluate.simulator.uses import SOURCE_SHIFT, local_of, source_of

FLAT_SHARE = 0.35  # of houses have flats
FLATS_AT_A_NUMBER = 10
HIGHEST_NUMBER = 180
EXTRA_WORDS = (
    "rear",
    "front",
    "side door",
    "ground floor",
    "2nd floor",
    "block A",
    "block B",
    "office",
    "left",
    "bell 3",
)
_TYPOS = 8  # the right spelling and seven wrong ones
_UNIT_FORMS = 4  # the market's words for a flat, cycled


def _typos(word: str) -> list[str]:
    """Seven ways to mistype a word."""
    middle = max(1, len(word) // 2)
    forms = [
        word[: middle - 1] + word[middle : middle + 1] + word[middle - 1 : middle] + word[middle + 1 :],
        word[:middle] + word[middle + 1 :],
        word[:middle] + word[middle - 1] + word[middle:],
        word + word[-1],
        word[:-1],
        word[0] + word,
        word[:1] + word[2:],
    ]
    wrong = [form for form in forms if form not in {"", word}]
    return [wrong[n % len(wrong)] for n in range(_TYPOS - 1)]


_KINDS = 4
_STREETS = max(len(m.streets) for m in MARKETS)


def _street_table() -> pa.Array:
    """Every street as written: by market, kind, abbreviated or not, street, typo."""
    texts = [
        market.street_kinds[kind % len(market.street_kinds)][short].format(written)
        for market in MARKETS
        for kind in range(_KINDS)
        for short in (0, 1)
        for street in (market.streets[n % len(market.streets)] for n in range(_STREETS))
        for written in (street, *_typos(street))
    ]
    return pa.array(texts)


_STREET_TEXT = _street_table()
_UNIT_TEXT = pa.array([m.unit_words[n % len(m.unit_words)] for m in MARKETS for n in range(_UNIT_FORMS)])
_UNIT_WORD_COUNT = np.array([len(m.unit_words) for m in MARKETS])
_CITY_COUNT = np.array([len(m.cities) for m in MARKETS])
_CITY_FIRST = np.cumsum(_CITY_COUNT) - _CITY_COUNT
_CITY_TEXT = pa.array([city for m in MARKETS for city in m.cities])
_NUMBER_FIRST = np.array([m.number_first for m in MARKETS])


@dataclass(frozen=True, slots=True)
class AddressText:
    line: pa.Array
    city: pa.Array
    postcode: pa.Array


def write_addresses(place: Ints, market: Ints, spelling: Spellings, key: int) -> AddressText:
    """place: thing numbers; market: the place's market. Flats at one number differ in the unit alone."""
    flats = _house(place)
    house = np.where(mixed_share(flats, key + 7) < FLAT_SHARE, flats, place)
    city = np.floor(mixed_share(house, key + 4) * _CITY_COUNT[market]).astype(np.int64)
    return AddressText(
        _lines(place, house, market, spelling, key),
        _CITY_TEXT.take(pa.array(_CITY_FIRST[market] + city)),
        _postcodes(house, market, city, key),
    )


def _house(place: Ints) -> Ints:
    """A number for every ten neighbouring places of one source, in a half of the numbers that no place
    uses.
    """
    return (
        (source_of(place) << SOURCE_SHIFT) + (1 << (SOURCE_SHIFT - 1)) + local_of(place) // FLATS_AT_A_NUMBER
    )


def _lines(place: Ints, house: Ints, market: Ints, spelling: Spellings, key: int) -> pa.Array:
    """Number and street in the market's order, then the flat, then what else was written."""
    street = _streets(house, market, spelling, key)
    number = pc.cast(pa.array(1 + mixed_below(house, key + 1, HIGHEST_NUMBER)), pa.string())
    line = pc.if_else(
        pa.array(_NUMBER_FIRST[market]),
        pc.binary_join_element_wise(number, street, " "),
        pc.binary_join_element_wise(street, number, " "),
    )
    has_unit = (house != place) & (spelling.how != Spelling.NO_UNIT)
    line = _append(line, " ", _units(place, market, spelling), has_unit)
    extra = pa.array(EXTRA_WORDS).take(pa.array(spelling.variant % len(EXTRA_WORDS)))
    line = _append(line, ", ", extra, spelling.how == Spelling.EXTRA)
    return pc.if_else(pa.array(spelling.how == Spelling.UPPER), pc.utf8_upper(line), line)


def _streets(house: Ints, market: Ints, spelling: Spellings, key: int) -> pa.Array:
    kind = mixed_below(house, key + 2, _KINDS)
    street = mixed_below(house, key + 3, _STREETS)
    short = (spelling.how == Spelling.ABBREVIATED).astype(np.int64)
    typo = np.where(spelling.how == Spelling.TYPO, 1 + spelling.variant % (_TYPOS - 1), 0)
    return _STREET_TEXT.take(
        pa.array((((market * _KINDS + kind) * 2 + short) * _STREETS + street) * _TYPOS + typo)
    )


def _units(place: Ints, market: Ints, spelling: Spellings) -> pa.Array:
    form = np.where(
        spelling.how == Spelling.OTHER_UNIT, 1 + spelling.variant % (_UNIT_WORD_COUNT[market] - 1), 0
    )
    words = _UNIT_TEXT.take(pa.array(market * _UNIT_FORMS + form))
    numbers = pc.cast(pa.array(1 + local_of(place) % FLATS_AT_A_NUMBER), pa.string())
    return pc.binary_join_element_wise(words, numbers, " ")


def _append(line: pa.Array, separator: str, addition: pa.Array, chosen: Bools) -> pa.Array:
    return pc.if_else(pa.array(chosen), pc.binary_join_element_wise(line, addition, separator), line)


def _postcodes(house: Ints, market: Ints, city: Ints, key: int) -> pa.Array:
    """By the market's pattern; the first two places go by the city."""
    parts, rows = [], []
    for code in np.unique(market):
        here = np.flatnonzero(market == code)
        rows.append(here)
        parts.append(_fill_pattern(MARKETS[code].postcode, house[here], city[here], key + 8))
    if not parts:
        return pa.array([], pa.string())
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(rows), kind="stable")))


def _fill_pattern(pattern: str, house: Ints, city: Ints, key: int) -> pa.Array:
    characters = np.empty((len(house), len(pattern)), dtype=np.uint8)
    for place, sign in enumerate(pattern):
        drawn = mixed_below(city if place < 2 else house, key + place, 1 << 20)
        if sign == "#":
            characters[:, place] = ord("0") + drawn % 10
        elif sign == "@":
            characters[:, place] = ord("A") + drawn % 26
        else:
            characters[:, place] = ord(sign)
    return fixed_width(characters)
