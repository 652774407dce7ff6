"""How often the right innocent explanation is named, and how often one beats a true ring.

    python benchmarks/innocents.py --seeds 1,2,3 --hardness 0.5,0.8
    python benchmarks/innocents.py --learn --seeds 1031,1032,1033 --hardness 0.2,0.5,0.8

Groups are those that shared identifiers form in a simulated marketplace, whatever the run thought of them
(CPM at .03), the rings that the run named, and two sorts that share nothing by which they could be found:
buyers of one seller, and people who came with one flash sale. What a group is in truth: a ring where more
than half are of one, a household or an agency likewise; otherwise where most of the evidence that its members
share comes from. --learn counts, in such worlds, what risk/innocence_shares.py holds, and prints it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from processes import installed_command, run_measured
from scipy.optimize import minimize_scalar
from worlds import run_on, simulated_world

import graphrisk as gr
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.evaluate.simulator.desk import open_desk
from graphrisk.evaluate.simulator.opaque import ids
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.people import Setting
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, source_of
from graphrisk.evaluate.simulator.world import World, build_world
from graphrisk.flows.detect import DetectParams
from graphrisk.flows.pair import compare_links, pair_accounts
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.rings import Explanation
from graphrisk.risk.features import Features
from graphrisk.risk.group_facts import describe_groups
from graphrisk.risk.innocence import EXPLANATIONS, FACTS, find_ranges, weigh_innocence
from graphrisk.stores.duckdb.known import KnownReader

Longs = NDArray[np.int64]
RING = "ring"
HYPOTHESES = (RING, *(each.value for each in EXPLANATIONS))
RESOLUTION, LEAST_SIZE = 0.03, 3
EVEN_SHARE = 0.02  # no simulated marketplace knows all that happens
PLANTED = 60  # groups of each sort, a world
SALE_SECONDS = 2 * 3600
SALE_TIMES = 4  # as many sign-ups in two hours as usual, from which it was a sale
FOUND, NAMED, DRAWN = "formed", "named", "drawn"

OF_SOURCE = {
    Source.HOME: Explanation.HOUSEHOLD,
    **dict.fromkeys((Source.OWN, Source.SPARE, Source.GIFT_CARD, Source.COMPANY), Explanation.PASSED_ON),
    **dict.fromkeys(
        (Source.DORM, Source.OFFICE, Source.LOCKER, Source.KIOSK, Source.WIFI, Source.CARRIER),
        Explanation.SHARED_PLACE,
    ),
    Source.AGENCY: Explanation.AGENCY,
}


@dataclass(frozen=True, slots=True)
class Groups:
    """Of one world, or several. origin, truth, score: one each; score NaN where it is no ring of the run.
    facts: one row each."""

    origin: list[str]
    truth: list[str]
    score: NDArray[np.float64]
    facts: Features


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", default="0.5,0.8")
    parser.add_argument("--learn", action="store_true", help="print shares instead of a judgement")
    given = parser.parse_args(arguments)
    worlds = [
        SimulationParams(given.accounts, float(hardness), int(seed))
        for hardness in given.hardness.split(",")
        for seed in given.seeds.split(",")
    ]
    gather = gather_formed if given.learn else gather_found
    groups = join([gather(params) for params in worlds])
    print_shares(groups) if given.learn else print_judgement(groups)


def gather_found(params: SimulationParams) -> Groups:
    """With the rings that a run names."""
    with (
        simulated_world(params.account_count, params.hardness, params.seed) as folder,
        run_on(folder) as (shop, _, as_of),
    ):
        run = shop.latest()
        scores = {row["ring_id"]: row["score"] for row in run.arrow("ring").to_pylist()}
        return describe_world(params, shop, as_of, (run.arrow("ring_member").to_pylist(), scores))


def gather_formed(params: SimulationParams) -> Groups:
    """Without: what is learned from must not depend on what was learned before."""
    with (
        simulated_world(params.account_count, params.hardness, params.seed) as folder,
        tempfile.TemporaryDirectory() as home,
    ):
        run_measured([installed_command(), "init", str(folder), "--workspace", home])
        shop = gr.open(home)
        shop.load()
        return describe_world(params, shop, params.ends_at.replace(tzinfo=None), ([], {}))


Named = tuple[list[dict[str, str]], dict[str, float]]  # ring members, scores


def describe_world(params: SimulationParams, shop: gr.Workspace, as_of: datetime, named: Named) -> Groups:
    members, scores = named
    with shop.reading() as connection:
        reader = KnownReader(connection)
        accounts, links, _ = reader.read_known(as_of, BUILT_IN_KINDS)
        values, _ = reader.read_values(as_of, BUILT_IN_KINDS.compared())
    compared = compare_links(links, BUILT_IN_KINDS, values)
    pairs = pair_accounts(compared, DetectParams().pairing())
    names = accounts.account_ids.to_pylist()
    position = {name: at for at, name in enumerate(names)}
    truth = Truth.of(build_world(params), names)
    graph = pairs.alike.graph
    formed, starts = find_communities(
        graph.only(graph.weight >= RESOLUTION / 2), names, LeidenParams(RESOLUTION)
    ).members()
    of_run: dict[str, list[int]] = {}
    for row in members:
        of_run.setdefault(row["ring_id"], []).append(position[row["account_id"]])
    told = [
        *((FOUND, None, np.nan, each) for each in np.split(formed, starts[1:-1]) if len(each) >= LEAST_SIZE),
        *((NAMED, None, scores[name], np.array(each)) for name, each in of_run.items()),
    ]
    sizes = [len(each) for _, _, _, each in told if truth.name(each) == RING]
    told += [
        (DRAWN, name, np.nan, each) for name, each in truth.draw(np.random.default_rng(params.seed), sizes)
    ]
    rows = []
    for origin in (FOUND, NAMED, DRAWN):  # within each, nobody is in two groups, but for a buyer at a sale
        group = np.full(len(names), -1, dtype=np.int64)
        chosen = [each for source, _, _, each in told if source == origin]
        for at, each in enumerate(chosen):
            group[each] = at
        rows.append(describe_groups(group, accounts, compared.wide.links, pairs.llr, compared.wide.kinds))
    return Groups(
        [origin for origin, *_ in told],
        [name or truth.name(each) for _, name, _, each in told],
        np.array([score for _, _, score, _ in told]),
        Features(rows[0].names, np.vstack([each.values for each in rows])),
    )


@dataclass(frozen=True, slots=True)
class Truth:
    """number: of each position in the workspace, the account's number in the world. uses: of each kind by
    account, once each. holders: of each of these uses, how many have the thing."""

    world: World
    number: Longs
    uses: tuple[Uses, ...]
    holders: tuple[Longs, ...]

    @classmethod
    def of(cls, world: World, names: Sequence[str]) -> Truth:
        count = len(world.people)
        texts = ids(np.arange(count), open_desk(world).keys.account).to_pylist()
        numbered = {text: at for at, text in enumerate(texts)}
        uses = tuple(world.uses[kind].distinct().sorted_by_account() for kind in Kind)
        counted = [np.unique(each.thing, return_inverse=True, return_counts=True)[1:] for each in uses]
        return cls(
            world,
            np.array([numbered[name] for name in names], dtype=np.int64),
            uses,
            tuple(count[inverse] for inverse, count in counted),
        )

    def name(self, members: Longs) -> str:
        """What the group is: a hypothesis, or `other`."""
        people, of_ring = self.world.people, self._rings()
        account = self.number[members]
        ring = of_ring[account]
        if 2 * _most(ring[ring >= 0]) > len(account):
            return RING
        if 2 * int((ring >= 0).sum()) > len(account):
            return "other"
        for setting, name in ((Setting.HOME, Explanation.HOUSEHOLD), (Setting.AGENCY, Explanation.AGENCY)):
            if 2 * _most(people.home[account][people.setting[account] == setting]) > len(account):
                return name.value
        return self._by_evidence(account)

    def _by_evidence(self, account: Longs) -> str:
        """By where most bits of what is shared come from, all kinds being trusted alike."""
        bits: Counter[str] = Counter()
        for uses, holders in zip(self.uses, self.holders, strict=True):
            first, last = (np.searchsorted(uses.account, account, side=side) for side in ("left", "right"))
            rows = np.concatenate([np.arange(*ends) for ends in zip(first, last, strict=True)])
            thing, at, held = np.unique(uses.thing[rows], return_index=True, return_counts=True)
            shared = held > 1
            weight = np.log2(len(self.world.people) / (holders[rows[at[shared]]] - 1)) * (held[shared] - 1)
            for source, each in zip(source_of(thing[shared]).tolist(), weight.tolist(), strict=True):
                name = OF_SOURCE.get(Source(source))
                bits[name.value if name else "other"] += each
        if not bits:
            return "other"
        name, most = bits.most_common(1)[0]
        return name if 2 * most > bits.total() else "other"

    def draw(self, rng: np.random.Generator, sizes: Sequence[int]) -> Iterator[tuple[str, Longs]]:
        """Groups as large as true rings: buyers of one seller; people who signed up with one sale."""
        position = np.empty(len(self.number), dtype=np.int64)
        position[self.number] = np.arange(len(self.number))
        payments, created = self.world.payments, self.world.people.created_at
        is_honest = self._rings() < 0
        free = is_honest.copy()
        pairs = np.unique(
            np.column_stack((payments.payee, payments.payer))[is_honest[payments.payer]], axis=0
        )
        buyers = np.split(pairs[:, 1], np.flatnonzero(np.diff(pairs[:, 0])) + 1)
        order = np.argsort(created, kind="stable")
        came = order[created[order] >= 0]
        many = np.searchsorted(created[came], created[came] + SALE_SECONDS) - np.arange(len(came))
        sale = np.flatnonzero(many > SALE_TIMES * np.median(many))
        crowds = [came[at : at + many[at]] for at in sale.tolist()]
        for name, pools in ((Explanation.LOYAL_CUSTOMERS, buyers), (Explanation.FLASH_SALE, crowds)):
            drawn = 0
            for at in rng.permutation(len(pools)).tolist():
                size = int(rng.choice(sizes))
                pool = pools[at][free[pools[at]]]
                if len(pool) >= size and drawn < PLANTED:
                    chosen = rng.choice(pool, size, replace=False)
                    free[chosen] = False
                    drawn += 1
                    yield name.value, position[chosen]

    def _rings(self) -> Longs:
        ring = np.full(len(self.world.people), -1, dtype=np.int64)
        ring[self.world.rings.account] = self.world.rings.ring
        return ring


def _most(keys: Longs) -> int:
    return int(np.unique(keys, return_counts=True)[1].max(initial=0))


def join(worlds: Sequence[Groups]) -> Groups:
    return Groups(
        [origin for world in worlds for origin in world.origin],
        [name for world in worlds for name in world.truth],
        np.concatenate([world.score for world in worlds]),
        Features(worlds[0].facts.names, np.vstack([world.facts.values for world in worlds])),
    )


def print_judgement(groups: Groups) -> None:
    found = weigh_innocence(groups.facts)
    best, bits = found.best(), found.bits.max(axis=1)
    truth, origin = np.array(groups.truth), np.array(groups.origin)
    print(
        f"{'groups':8} {'truth':16} {'number':>6} {'named right':>12} {'beats ring':>11} "
        f"{'median bits':>12}  named"
    )
    for source in (FOUND, NAMED, DRAWN):
        for name in (*HYPOTHESES, "other"):
            chosen = (truth == name) & (origin == source)
            if not chosen.any():
                continue
            names = Counter(EXPLANATIONS[at].value for at in best[chosen].tolist())
            right = f"{names[Explanation(name)] / chosen.sum():.2f}" if name in HYPOTHESES[1:] else ""
            told = ", ".join(f"{each} {count / chosen.sum():.2f}" for each, count in names.most_common(3))
            print(
                f"{source:8} {name:16} {chosen.sum():6} {right:>12} {np.mean(bits[chosen] > 0):11.2f} "
                f"{np.median(bits[chosen]):12.1f}  {told}"
            )


def print_shares(groups: Groups) -> None:
    """Of groups that formed, and of drawn ones; every world and hypothesis has the weight of its groups."""
    truth = np.array(groups.truth)
    kept = np.isin(truth, HYPOTHESES) & (np.array(groups.origin) != NAMED)
    code = np.array([HYPOTHESES.index(name) for name in truth[kept].tolist()])
    facts = groups.facts.rows(np.flatnonzero(kept))
    shares = {fact.name: count_shares(code, find_ranges(facts, fact), len(fact.edges) + 1) for fact in FACTS}
    dependence = fit_dependence(shares, facts, code)
    print(f"DEPENDENCE = {dependence:.2f}\n\nSHARES: dict[str, tuple[tuple[float, ...], ...]] = {{")
    for name, rows in shares.items():
        print(f'    "{name}": (')
        for row in rows.tolist():
            print(f"        ({', '.join(f'{share:.3f}' for share in row)}),")
        print("    ),")
    print("}")
    print(f"# groups: {dict(Counter(HYPOTHESES[at] for at in code.tolist()))}")


def count_shares(code: Longs, found: Longs, width: int) -> NDArray[np.float64]:
    """[hypotheses, ranges]; EVEN_SHARE of each hypothesis spread over all ranges, and one group more in each
    than there were, so that no fact decides alone."""
    counts = np.ones((len(HYPOTHESES), width))
    np.add.at(counts, (code[found >= 0], found[found >= 0]), 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray((1 - EVEN_SHARE) * shares + EVEN_SHARE / width, dtype=np.float64)


def fit_dependence(shares: dict[str, NDArray[np.float64]], facts: Features, code: Longs) -> float:
    """d with the greatest likelihood of the truth, where all hypotheses weigh the same."""
    total = np.zeros((len(code), len(HYPOTHESES)))
    for fact in FACTS:
        found = find_ranges(facts, fact)
        total[found >= 0] += np.log(shares[fact.name][:, found[found >= 0]]).T
    weight = 1.0 / np.bincount(code, minlength=len(HYPOTHESES))[code]

    def loss(d: float) -> float:
        odds = d * total
        least = odds.max(axis=1)
        norm = least + np.log(np.exp(odds - least[:, None]).sum(axis=1))
        return float((weight * (norm - odds[np.arange(len(code)), code])).sum())

    return float(minimize_scalar(loss, bounds=(0.1, 1.0), method="bounded").x)


if __name__ == "__main__":
    main()
