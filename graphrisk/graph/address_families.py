"""Addresses that are one door or one building, however they are written: a label for each text.

What a parcel needs cannot be mutated at no cost: the postcode, the house number, a street that can still be
read. So texts are compared where they agree in house number and in a part of the street's name, and in the
postcode or in a word of the town; then a street must be alike (graph/street_names.py) and the postcode equal,
missing, or one slip away where slips in postcodes are seen to happen. The flat is not compared: texts of one
building that name the same flat are one door.

Texts are first reduced to places, which are far fewer, and each pair of street names is compared once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from graphrisk.graph.address_parts import AddressParts, read_parts
from graphrisk.graph.blocking import Longs, combine_keys, pair_by_keys
from graphrisk.graph.links import Ints
from graphrisk.graph.stars import group_stars, join_groups
from graphrisk.graph.street_names import ALIKE_SHARE, StreetNames

_SMALL_BLOCK = 12  # places of one number and postcode that are compared each with each in any case
_PAIRS_A_PLACE = 8  # so many pairs of them in all; larger blocks are refined
_BLOCK_CAP = 60  # those that also share a part of the street's name
_AFFIX_CHARS = 3  # of a word: its first or its last letters survive a slip elsewhere
_LEAST_TOWN_CHARS = 3
_TOWN_WORDS = 2
_LEAST_LIFT = 5.0  # near postcodes at one number of one street, over those of two places in one town
_LIFT_SAMPLE = 50_000


@dataclass(frozen=True, slots=True)
class AddressFamilies:
    """building, door: int32 [V]; equal labels for texts of one building (one door), -1 where the text names
    none. A door lies in one building. skipped_block_count: see graph/blocking.py."""

    building: Ints
    door: Ints
    skipped_block_count: int = 0


@dataclass(frozen=True, slots=True)
class _Places:
    """D distinct (code, house, street, rest); all arrays of int64 [D] are positions in the string arrays.

    of_text: [V], the place of each text. support: [D], how many accounts hold its texts.
    """

    code: Longs
    house: Longs
    street: Longs
    rest: Longs
    codes: pa.Array
    houses: pa.Array
    streets: pa.Array
    rests: pa.Array
    of_text: Longs
    support: Longs


def group_addresses(texts: pa.Array, holder_count: NDArray[np.int64]) -> AddressFamilies:
    """texts: V distinct strings, none null. holder_count: [V], accounts that hold each. The order of the
    texts changes nothing but the labels' numbering."""
    parts = read_parts(texts)
    places = _reduce(parts, holder_count)
    names = StreetNames.of(places.streets.to_pylist())
    first, second, skipped = _like_places(places, names)
    centre = join_groups(group_stars(first, second, places.support), first, second)
    named = (_is_said(places.streets)[places.street] | _is_said(places.codes)[places.code])[places.of_text]
    building = np.where(named, centre[places.of_text], -1)
    return AddressFamilies(_labels(building), _labels(_doors(building, parts)), skipped)


def _reduce(parts: AddressParts, holder_count: NDArray[np.int64]) -> _Places:
    """Places are ordered by their texts, so that the order of rows means nothing."""
    encoded = [_encode(column) for column in (parts.code, parts.house, parts.street, parts.rest)]
    order = np.lexsort([codes for codes, _ in reversed(encoded)])
    new = np.zeros(len(order), dtype=bool)
    for codes, _ in encoded:
        new |= np.diff(codes[order], prepend=-1) != 0
    of_text = np.empty(len(order), dtype=np.int64)
    of_text[order] = np.cumsum(new) - 1
    chosen = order[new]
    code, house, street, rest = (codes[chosen] for codes, _ in encoded)
    codes, houses, streets, rests = (words for _, words in encoded)
    support = np.bincount(of_text, weights=holder_count, minlength=len(chosen)).astype(np.int64)
    return _Places(code, house, street, rest, codes, houses, streets, rests, of_text, support)


def _encode(column: pa.Array) -> tuple[Longs, pa.Array]:
    """Codes in the order of the text, and the texts."""
    encoded = column.dictionary_encode()
    order = np.asarray(pc.sort_indices(encoded.dictionary), dtype=np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[np.asarray(encoded.indices, dtype=np.int64)], encoded.dictionary.take(pa.array(order))


def _is_said(words: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.not_equal(words, ""), dtype=bool)


def _like_places(places: _Places, names: StreetNames) -> tuple[Longs, Longs, int]:
    """Pairs of places that are one building, and how many blocks were too large to look into."""
    pairs = pair_by_keys(*_place_keys(places, names), block_cap=_BLOCK_CAP)
    first, second = pairs.first, pairs.second
    said = _is_said(places.codes)[places.code]
    agrees = places.code[first] == places.code[second]
    missing = ~agrees & ~(said[first] & said[second])
    near = ~agrees & ~missing
    far = near.copy()
    near[near] = _near_codes(places, first[near], second[near])
    far &= ~near
    if not _slips_are_seen(places, names, (first, second), (near, far)):
        near[:] = False
    # Postcodes are quicker to compare than streets, and rule out most pairs.
    possible = agrees | missing | near
    first, second, agrees = first[possible], second[possible], agrees[possible]
    alike = _streets_alike(places, names, first, second)
    first, second, agrees = first[alike], second[alike], agrees[alike]
    believed = agrees | _one_code_in_question(places, first, second, ~agrees)
    return first[believed], second[believed], pairs.skipped_block_count


def _streets_alike(places: _Places, names: StreetNames, first: Longs, second: Longs) -> NDArray[np.bool_]:
    """[P]. Without a house number there is only the name, and all of it must be there."""
    shorter, longer = names.likeness(places.street[first], places.street[second])
    return np.where(_is_said(places.houses)[places.house[first]], shorter, longer) >= ALIKE_SHARE


def _slips_are_seen(
    places: _Places,
    names: StreetNames,
    pairs: tuple[Longs, Longs],
    sorts: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> bool:
    """Whether places of one number and street have postcodes a slip apart clearly more often than any two
    places of a town have. sorts: which of the pairs have near and which have far postcodes; of many, some are
    looked at."""
    alike = []
    for sort in sorts:
        found = np.flatnonzero(sort)
        some = found[np.argsort(combine_keys(found), kind="stable")[:_LIFT_SAMPLE]]
        share = _streets_alike(places, names, pairs[0][some], pairs[1][some]).mean() if len(some) else 0.0
        alike.append(float(share) * len(found))
    near, far = alike
    return near >= _LEAST_LIFT * _near_share_by_chance(places) * max(near + far, 1.0)


def _place_keys(places: _Places, names: StreetNames) -> tuple[Longs, Longs]:
    """(place, key): number and postcode, and where too many places agree in these each affix of the street's
    words; number, word of the town and the street's rarest word."""
    coded = np.flatnonzero(_is_said(places.codes)[places.code])
    coarse = combine_keys(places.house[coded], places.code[coded])
    _, block, size = np.unique(coarse, return_inverse=True, return_counts=True)
    is_large = size[block] > _largest_whole(size, _PAIRS_A_PLACE * len(places.code))
    affix_street, affix = _word_codes(names.affixes(_AFFIX_CHARS))
    large = coded[is_large]
    at_large, at = _spread(places.street[large], affix_street, len(names.words))
    fine = combine_keys(coarse[is_large][at_large], affix[at])
    town_owner, town = _word_codes(_town_words(places))
    in_town, at_town = _spread(np.arange(len(places.code)), town_owner, len(places.code))
    rarest = tuple(tuple({word[:_AFFIX_CHARS]: None, word[-_AFFIX_CHARS:]: None}) for word in names.rarest())
    rare_street, rare_affix = _word_codes(rarest)
    entry, at_affix = _spread(places.street[in_town], rare_street, len(names.words))
    in_town, at_town = in_town[entry], at_town[entry]
    by_town = combine_keys(places.house[in_town], town[at_town], rare_affix[at_affix])
    return (
        np.concatenate((coded[~is_large], large[at_large], in_town)),
        np.concatenate((coarse[~is_large], fine, by_town)),
    )


def _largest_whole(size: Longs, pair_count: int) -> int:
    """The size up to which blocks can be compared each with each, smallest first, within so many pairs."""
    of_size = np.bincount(size)
    width = np.arange(len(of_size))
    pairs = np.cumsum(of_size * (width * (width - 1) // 2))
    return max(int(np.searchsorted(pairs, pair_count, side="right")) - 1, _SMALL_BLOCK)


def _word_codes(words: tuple[tuple[str, ...], ...]) -> tuple[Longs, Longs]:
    """(position of the tuple, code of the word) for each word in each tuple; equal words, equal codes."""
    owner = np.repeat(np.arange(len(words)), [len(of_one) for of_one in words])
    flat = pa.array([word for of_one in words for word in of_one], pa.string()).dictionary_encode()
    return owner, np.asarray(flat.indices, dtype=np.int64)


def _spread(owner_of_item: Longs, owner_of_word: Longs, owner_count: int) -> tuple[Longs, Longs]:
    """(item, position in the words) for each word of each item's owner; owner_of_word ascends."""
    count = np.bincount(owner_of_word, minlength=owner_count)
    starts = np.cumsum(count) - count
    length = count[owner_of_item]
    item = np.repeat(np.arange(len(owner_of_item)), length)
    within = np.arange(len(item)) - np.repeat(np.cumsum(length) - length, length)
    return item, starts[owner_of_item[item]] + within


def _town_words(places: _Places) -> tuple[tuple[str, ...], ...]:
    """Of each place the two longest words of the town: what is left of it when a state's code or a door's
    side is said too. Where the text is of one piece, they are among the words of the street."""
    towns, streets = places.rests.to_pylist(), places.streets.to_pylist()
    of_town, of_street = ([_longest_words(text) for text in texts] for texts in (towns, streets))
    return tuple(
        of_town[rest] or of_street[street]
        for rest, street in zip(places.rest.tolist(), places.street.tolist(), strict=True)
    )


def _longest_words(text: str) -> tuple[str, ...]:
    long = {word for word in text.split() if len(word) >= _LEAST_TOWN_CHARS}
    return tuple(sorted(long, key=_by_length)[:_TOWN_WORDS])


def _by_length(word: str) -> tuple[int, str]:
    return -len(word), word


def _one_code_in_question(
    places: _Places, first: Longs, second: Longs, believed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """[P] whether, for both places of a pair, the postcodes of all places that they are believed to be are
    slips of one: the one that most accounts write."""
    said = _is_said(places.codes)
    item = np.concatenate((first[believed], second[believed]))
    other = np.concatenate((second[believed], first[believed]))
    told = said[places.code[other]]
    item, other = item[told], other[told]
    width = len(places.codes)
    asked, inverse = np.unique(item * width + places.code[other], return_inverse=True)
    weight = np.bincount(inverse, weights=places.support[other])
    order = np.lexsort((asked, -weight, asked // width))
    leads = asked[order[np.diff(asked[order] // width, prepend=-1) != 0]]
    best = np.full(len(places.code), -1, dtype=np.int64)
    best[leads // width] = leads % width
    odd = best[item] != places.code[other]
    far = ~_near(places.codes, best[item[odd]], places.code[other[odd]])
    torn = np.zeros(len(places.code), dtype=bool)
    torn[item[odd][far]] = True
    return ~torn[first] & ~torn[second]


def _near_codes(places: _Places, first: Longs, second: Longs) -> NDArray[np.bool_]:
    return _near(places.codes, places.code[first], places.code[second])


def _near(codes: pa.Array, first: Longs, second: Longs) -> NDArray[np.bool_]:
    """[P] whether two postcodes are exactly one slip apart."""
    if len(first) == 0:
        return np.zeros(0, dtype=bool)
    one, other = (codes.take(pa.array(side)).to_pylist() for side in (first, second))
    return np.asarray(process.cpdist(one, other, scorer=OSA.distance, score_cutoff=1) == 1)


def _near_share_by_chance(places: _Places) -> float:
    """The share of near postcodes among pairs of places that say the same of their town, drawn by hashing."""
    order = np.lexsort((combine_keys(places.street, places.house), places.rest))[:_LIFT_SAMPLE]
    first, second = order[:-1], order[1:]
    same = (places.rest[first] == places.rest[second]) & (places.code[first] != places.code[second])
    near = _near_codes(places, first[same], second[same])
    return (float(near.sum()) + 1.0) / (len(near) + 1.0)


def _doors(building: Longs, parts: AddressParts) -> Longs:
    """[V] the building and flat of each text as one number. Where a building has one flat only, as far as its
    texts tell, those that name none mean it too; else they name no door, unless their floor or staircase has
    the number of one of its flats."""
    count = len(building)
    flats, names = _encode(pa.concat_arrays([parts.door, parts.floor]))
    flat, floor = flats[:count], flats[count:]
    said = _is_said(names)[flat] & (building >= 0)
    width = len(names) + 1
    known = np.unique(building[said] * width + flat[said])
    flat_count = np.bincount(known // width, minlength=count)
    only = np.zeros(count, dtype=np.int64)
    only[known // width] = known % width
    by_floor = ~said & _is_said(names)[floor] & np.isin(building * width + floor, known)
    meant = np.where(said, flat, np.where(by_floor, floor, -1))
    few = (meant < 0) & (building >= 0) & (flat_count[building] <= 1)
    meant[few] = only[building[few]]
    return np.where(meant < 0, -1, building * width + meant)


def _labels(raw: Longs) -> Ints:
    """The same grouping, labels 0, 1, ... in the order of first appearance; negative stays -1."""
    label = np.full(len(raw), -1, dtype=np.int32)
    inside = np.flatnonzero(raw >= 0)
    _, first, inverse = np.unique(raw[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    label[inside] = rank[inverse]
    return label
