"""What each labelled account gave a belief: the shares are those of one label at a time, and add up."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import World, random_world, shared_links, world_of

from graphrisk.risk.propagation import PropagationParams, propagate_risk
from graphrisk.risk.seed_shares import share_seeds

PARAMS = PropagationParams()


def verdicts(count: int, **words: int) -> np.ndarray:
    found = np.zeros(count, dtype=np.int8)
    for name, word in words.items():
        found[int(name[1:])] = word
    return found


@pytest.mark.parametrize("asked", [[3], [0, 1, 2, 3, 4, 5]])
def test_each_share_is_what_the_label_gives_where_it_is_the_only_one(asked: list[int]) -> None:
    links = shared_links(random_world(3, 30, 40, 6))
    verdict = verdicts(30, a1=1, a7=-1, a9=1)
    found = share_seeds(links, verdict, np.array(asked), PARAMS)
    assert len(found.account)
    for account, seed, belief in zip(found.account, found.seed, found.belief, strict=True):
        alone = np.where(np.arange(30) == seed, verdict, np.int8(0))
        assert belief == pytest.approx(propagate_risk(links, alone, PARAMS).belief[account], abs=1e-6)


def test_shares_of_an_unlabelled_account_add_up_to_its_belief() -> None:
    links = shared_links(world_of(6, {"device": [(0, 1), (1, 2), (2, 3)], "ip": [(0, 3, 4)]}))
    verdict = verdicts(6, a0=1, a3=-1)
    found = share_seeds(links, verdict, np.array([2]), PARAMS)
    assert found.seed.tolist() == [3, 0]  # the nearer first
    assert found.belief.sum() == pytest.approx(propagate_risk(links, verdict, PARAMS).belief[2], abs=1e-6)


def test_an_accounts_own_label_is_no_share() -> None:
    links = shared_links(world_of(3, {"device": [(0, 1)]}))
    assert share_seeds(links, verdicts(3, a0=1), np.array([0]), PARAMS).seed.tolist() == []


def test_without_labels_or_links_there_is_no_share() -> None:
    for world, verdict in (
        (world_of(3, {"device": [(0, 1)]}), verdicts(3)),
        (World(3, ()), verdicts(3, a0=1)),
    ):
        assert len(share_seeds(shared_links(world), verdict, np.array([1, 2]), PARAMS).account) == 0


def test_where_all_are_too_much_work_the_first_are_answered_or_none() -> None:
    links = shared_links(world_of(45, {"device": [tuple(range(45))]}))
    verdict = np.where(np.arange(45) < 20, 1, 0).astype(np.int8)
    asked, once = np.arange(44, 20, -1), len(links.account)

    def told(most_work: int | None) -> set[int]:
        return set(share_seeds(links, verdict, asked, PARAMS, most_work).account.tolist())

    assert told(16 * once) == set(range(44, 28, -1))
    assert told(15 * once) == set()
    assert told(20 * once) == told(None) == set(asked.tolist())
