"""Links of one kind, and what values by link come to by account."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_trade import used_at
from small_worlds import World, shared_links, world_of

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.kind_links import as_kind, split_kinds

# in the order of kinds: 0 an address of 1 and 2; 1 a device of 0 and 1, 2 one of 0, 2, 3, seen by 5 outsiders
WORLD = world_of(5, {"device": [(0, 1), (0, 2, 3)], "address": [(1, 2)]})
LINKS = replace(shared_links(WORLD), holder_count=np.array([2, 2, 8], dtype=np.int32))
NEVER = np.full(5, np.nan)


def test_each_kind_that_occurs_comes_by_itself_with_its_own_numbers() -> None:
    address, device = split_kinds(LINKS, BUILT_IN_KINDS, NEVER)
    assert (address.name, device.name) == ("address", "device")
    assert (address.account.tolist(), address.identifier.tolist()) == ([1, 2], [0, 0])
    assert device.account.tolist() == [0, 1, 0, 2, 3]
    assert device.identifier.tolist() == [0, 0, 1, 1, 1]
    assert device.holder_count().tolist() == [2, 3]
    assert device.public_count.tolist() == [2, 8]
    assert (device.identifier_count, device.account_count) == (2, 5)


def test_a_use_without_a_time_is_as_old_as_its_account() -> None:
    links = used_at(LINKS, {(1, 0): 4.0, (2, 3): 6.0})
    _, device = split_kinds(links, BUILT_IN_KINDS, np.array([1, 2, 3, np.nan, 5]))
    assert device.used_at.tolist() == [4, 2, 1, 3, 6]
    _, untold = split_kinds(LINKS, BUILT_IN_KINDS, NEVER)
    assert np.isnan(untold.used_at).all()


def test_values_by_link_are_gathered_by_account_where_they_are_known() -> None:
    _, device = split_kinds(LINKS, BUILT_IN_KINDS, NEVER)
    found = device.gather("x", np.array([1.0, 5.0, 3.0, np.nan, -2.0]))
    assert found["x_mean"] == pytest.approx([2, 5, np.nan, -2, np.nan], nan_ok=True)
    assert found["x_greatest"] == pytest.approx([3, 5, np.nan, -2, np.nan], nan_ok=True)
    assert found["x_least"] == pytest.approx([1, 5, np.nan, -2, np.nan], nan_ok=True)


def test_groups_are_held_by_their_members() -> None:
    found = as_kind("company", np.array([1, -1, 0, 1]), np.array([3.0, 4.0, 5.0, np.nan]))
    assert (found.account.tolist(), found.identifier.tolist()) == ([0, 2, 3], [1, 0, 1])
    assert found.used_at.tolist() == pytest.approx([3, 5, np.nan], nan_ok=True)
    assert found.public_count.tolist() == [1, 2]


def test_where_nothing_is_shared_there_is_no_kind() -> None:
    assert list(split_kinds(shared_links(World(3, ())), BUILT_IN_KINDS, np.zeros(3))) == []
    nobody = as_kind("company", np.full(3, -1), np.zeros(3))
    assert (len(nobody.account), nobody.identifier_count) == (0, 0)
    assert np.isnan(nobody.gather("x", np.empty(0))["x_mean"]).all()
