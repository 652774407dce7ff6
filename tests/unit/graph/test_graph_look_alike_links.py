"""Looking alike as one more thing that is shared: it makes pairs, adds bits, and has a name."""

from __future__ import annotations

import numpy as np
import pytest
from crowds import crowd, with_farms
from small_worlds import known_accounts, shared_links, weighed, world_of

from graphrisk.graph.look_alike_links import join_looks, share_looks, weigh_looks
from graphrisk.graph.look_alikes import LookAlikeParams, LookAlikes, find_look_alikes
from graphrisk.graph.projection import AccountGraph, ProjectionParams, project_links
from graphrisk.model.derived_kinds import LOOK_ALIKE, with_derived
from graphrisk.model.kinds import BUILT_IN_KINDS

KINDS = with_derived(BUILT_IN_KINDS)
# 0..3 share a device, 4 and 5 an IP with twenty others; 6 and 7 share nothing
WORLD = world_of(40, {"device": [range(4)], "ip": [[4, 5, *range(20, 40)]]})
LOOKS = LookAlikes(
    np.array([-1, -1, 0, 0, 1, 1, 2, 2, 0, *[-1] * 31], dtype=np.int64), np.array([0.9, 0.8, 0.99])
)


def evidence(graph: AccountGraph) -> dict[tuple[int, int], float]:
    pairs = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    return dict(zip(pairs, graph.llr.tolist(), strict=True))


def test_two_that_look_alike_and_share_nothing_are_as_probable_as_trust_and_share_say() -> None:
    links = shared_links(WORLD)
    llr, prior = weighed(links)
    graph = join_looks(project_links(links, llr, prior, ProjectionParams()), LOOKS, links, llr, prior)
    at = evidence(graph)
    weight = dict(zip(at, graph.weight.tolist(), strict=True))
    assert weight[6, 7] == pytest.approx(LOOK_ALIKE.trust_share * 0.99)
    assert weight[2, 8] == pytest.approx(LOOK_ALIKE.trust_share * 0.9)


def test_joined_pairs_have_the_evidence_that_projecting_all_of_it_gives() -> None:
    links = shared_links(WORLD)
    llr, prior = weighed(links)
    joined = join_looks(project_links(links, llr, prior, ProjectionParams()), LOOKS, links, llr, prior)
    wider, said = share_looks(links, llr, KINDS, LOOKS, known_accounts(WORLD))
    oracle = evidence(project_links(wider, said, prior, ProjectionParams(keep_probability=1e-9)))
    found = evidence(joined)
    assert found == pytest.approx({pair: oracle[pair] for pair in found})
    assert list(found) == sorted(found)
    assert {(2, 3), (2, 8), (3, 8), (4, 5), (6, 7)} <= set(found)


def test_where_nobody_looks_alike_the_graph_stays_as_it_is() -> None:
    links = shared_links(WORLD)
    llr, prior = weighed(links)
    graph = project_links(links, llr, prior, ProjectionParams())
    nobody = LookAlikes(np.full(40, -1, dtype=np.int64), np.empty(0))
    joined = join_looks(graph, nobody, links, llr, prior)
    assert evidence(joined) == evidence(graph)
    wider, said = share_looks(links, llr, KINDS, nobody, known_accounts(WORLD))
    assert (wider.identifiers.num_rows, said.tolist()) == (links.identifier_count, llr.tolist())


def test_looks_that_are_no_evidence_make_no_pair() -> None:
    links = shared_links(WORLD)
    llr, prior = weighed(links)
    graph = project_links(links, llr, prior, ProjectionParams())
    slight = LookAlikes(LOOKS.group, np.array([0.9, 0.02, 0.02]))  # .05 x .02 is less than 1 in 40
    joined = evidence(join_looks(graph, slight, links, llr, prior))
    assert joined.keys() - evidence(graph).keys() == {(2, 8), (3, 8)}
    assert min(joined.values()) > 0


def test_looks_beyond_doubt_say_no_more_than_the_trust_allows() -> None:
    looks = LookAlikes(np.array([0, 0]), np.array([1 - 1e-12]))
    assert weigh_looks(looks, 1000)[0] == pytest.approx(np.log(1000) + np.log(0.05 / 0.95))


def test_a_look_is_called_by_what_its_accounts_have_in_common() -> None:
    accounts, links = crowd()
    accounts, _ = with_farms(accounts)
    looks = find_look_alikes(accounts, links, LookAlikeParams())
    wider, _ = share_looks(links, np.empty(0), KINDS, looks, accounts)
    members = np.flatnonzero(looks.group == 0)
    first, last = (
        str(np.datetime64(int(each), "us").astype("datetime64[m]")).replace("T", " ")
        for each in (accounts.created_at[members].min(), accounts.created_at[members].max())
    )
    volume = accounts.measures[members, 0]
    assert wider.identifiers["identifier"][0].as_py() == (
        f"created {first} to {last}, volume {volume.min():.4g} to {volume.max():.4g}"
    )
    assert set(wider.identifiers["kind"].to_pylist()) == {"look_alike"}
    assert wider.holder_count[0] == len(members)
