"""One place, many spellings."""

import numpy as np

from graphrisk.evaluate.simulator.address_text import write_addresses
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.spelling import HIDING_SHARES, HONEST_SHARES, Spelling, Spellings
from graphrisk.evaluate.simulator.uses import Source, things

KEY = 20240101


def write(places: np.ndarray, market: int, how: Spelling, variant: int = 3) -> list[str]:
    count = len(places)
    spelling = Spellings(np.full(count, how), np.full(count, variant))
    text = write_addresses(places, np.full(count, market), spelling, KEY)
    return [
        " | ".join(parts)
        for parts in zip(text.line.to_pylist(), text.city.to_pylist(), text.postcode.to_pylist(), strict=True)
    ]


def test_a_place_is_written_the_same_by_all_who_write_it_plainly() -> None:
    place = things(Source.HOME, np.array([11, 11]))
    first, second = write(place, 0, Spelling.PLAIN)
    assert first == second


def test_ten_thousand_places_of_each_market_have_nearly_as_many_texts() -> None:
    for market in range(len(MARKETS)):
        texts = write(things(Source.HOME, np.arange(10_000)), market, Spelling.PLAIN)
        assert len(set(texts)) > 9_950, MARKETS[market].code


def test_every_way_to_hide_changes_some_text_but_never_the_city_or_the_postcode() -> None:
    places = things(Source.RING, np.arange(200))
    for market in range(len(MARKETS)):
        plain = write(places, market, Spelling.PLAIN)
        for how in Spelling:
            written = write(places, market, how)
            if how == Spelling.PLAIN:
                continue
            assert [text.split(" | ")[1:] for text in written] == [text.split(" | ")[1:] for text in plain]
            changed = sum(a != b for a, b in zip(written, plain, strict=True))
            if how in {Spelling.TYPO, Spelling.EXTRA}:
                assert changed == 200, (MARKETS[market].code, how)
            elif MARKETS[market].code != "JP":  # no capital letters
                assert changed > 20, (MARKETS[market].code, how)


def test_flats_at_one_number_become_one_text_when_the_flat_is_forgotten() -> None:
    places = things(Source.HOME, np.arange(1_000))
    with_flat = set(write(places, 0, Spelling.PLAIN))
    without = set(write(places, 0, Spelling.NO_UNIT))
    assert len(without) < 0.8 * len(with_flat)


def test_shares_of_spellings_are_shares() -> None:
    for shares in (HONEST_SHARES, HIDING_SHARES):
        assert len(shares) == len(Spelling)
        assert abs(sum(shares) - 1.0) < 1e-9
