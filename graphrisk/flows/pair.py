"""Which accounts may have one operator: by what they share, and by what is alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from graphrisk.graph.alike import AlikePairs, Likeness, find_likenesses, project_alike
from graphrisk.graph.barred_families import bar_families
from graphrisk.graph.causes import nest_causes
from graphrisk.graph.family_links import FamilyLinks, add_families, nest_weights
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import ProjectionParams
from graphrisk.graph.values import KindValues
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.model.kinds import KindSet


@dataclass(frozen=True, slots=True)
class ComparedLinks:
    """observed: as the tables tell. wide: with families, from which pairs are made, together with the
    likenesses."""

    observed: SharedLinks
    wide: FamilyLinks
    likenesses: tuple[Likeness, ...] = ()


@dataclass(frozen=True, slots=True)
class PairSetting:
    """own_things: kind and identifier of what somebody confirmed to be a ring's own."""

    weights: WeightParams
    projection: ProjectionParams
    own_things: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Pairs:
    """llr: [M] nats, of the identifiers of wide.links."""

    llr: Floats
    alike: AlikePairs


def compare_links(
    links: SharedLinks,
    kinds: KindSet,
    values: Sequence[KindValues],
    barred: Collection[tuple[str, str]] = (),
) -> ComparedLinks:
    """values: of the kinds whose values are compared, each once. barred: kind and name of families that
    somebody rejected."""
    observed, wide = bar_families(links, add_families(links, kinds, values), barred)
    return ComparedLinks(observed, nest_causes(wide), find_likenesses(kinds, values))


def pair_accounts(compared: ComparedLinks, setting: PairSetting) -> Pairs:
    wide = compared.wide
    llr = nest_weights(weigh_identifiers(wide.links, wide.kinds, setting.own_things), wide.parent)
    log_odds = prior_log_odds(setting.weights, compared.observed.account_count)
    return Pairs(llr, project_alike(wide.links, llr, log_odds, setting.projection, compared.likenesses))
