"""What holders say of a thing: the share of them that are in rings, never less than was thought before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import shared_links, world_of

from graphrisk.risk.holders import hear_holders


def test_a_thing_whose_holders_are_all_suspects_was_brought_though_its_kind_never_is() -> None:
    links = shared_links(world_of(10, {"address": [tuple(range(9))]}))
    risk = np.full(10, 0.96)
    assert hear_holders(np.array([0.01]), links, risk) == pytest.approx([9 * 0.96 / 10])


def test_what_strangers_hold_too_says_less_and_never_less_than_before() -> None:
    links = shared_links(world_of(10, {"ip": [tuple(range(10)), (0, 1)]}))
    risk = np.where(np.arange(10) < 2, 1.0, 0.0)
    heard = hear_holders(np.array([0.05, 0.9]), links, risk)
    assert heard == pytest.approx([2 / 11, 0.9])
    assert hear_holders(np.array([0.5, 0.9]), links, risk)[0] == 0.5


def test_holders_outside_of_the_marketplace_count_as_strangers() -> None:
    known = shared_links(world_of(3, {"device": [(0, 1)]}))
    links = replace(known, holder_count=known.holder_count + np.int32(5))
    assert hear_holders(np.zeros(1), links, np.ones(3)) == pytest.approx([2 / 8])
