"""Kinds that nobody declares follow from those that somebody did."""

from __future__ import annotations

from graphrisk.model.derived_kinds import with_derived
from graphrisk.model.families import FAMILIES, families_of
from graphrisk.model.kinds import BUILT_IN_KINDS, Comparison, IdentifierKind, KindSet, Normaliser
from graphrisk.model.likeness import LEVELS, level_kinds, levels_of


def test_a_comparison_makes_families_or_levels_and_never_both() -> None:
    for comparison in Comparison:
        assert not (families_of(comparison) and levels_of(comparison))
    assert {family.comparison for family in FAMILIES} | {level.comparison for level in LEVELS} == set(
        Comparison
    ) - {Comparison.EXACT}


def test_the_built_in_kinds_have_families_with_words_and_trust_of_their_own() -> None:
    derived = with_derived(BUILT_IN_KINDS)
    bursts = {f"{name}_burst" for name in BUILT_IN_KINDS.names()}
    assert set(derived.names()) - set(BUILT_IN_KINDS.names()) == bursts | {
        "address_building", "address_door", "email_pattern", "ip_network", "look_alike", "phone_block",
    }  # fmt: skip
    door, address = derived.named("address_door"), derived.named("address")
    assert door is not None
    assert address is not None
    assert (door.words, door.label, door.comparison) == (
        "same door, however written", "AddressDoor", Comparison.EXACT
    )  # fmt: skip


def test_a_likeness_is_said_in_words_of_the_kind() -> None:
    birth = IdentifierKind(
        "birth", Normaliser.EXACT, 0.9, "Birth", "BORN", "same date of birth", Comparison.DATE
    )
    assert [(kind.name, kind.words) for kind in level_kinds(birth)] == [
        ("birth_slip", "date of birth a slip apart"),
        ("birth_near", "date of birth two slips apart"),
        ("birth_other", "another date of birth"),
    ]


def test_a_burst_is_trusted_as_far_as_more_than_chance_came() -> None:
    derived = with_derived(BUILT_IN_KINDS)
    burst, ip = derived.named("ip_burst"), derived.named("ip")
    assert burst is not None
    assert ip is not None
    assert (burst.trust_share, burst.nature) == (0.75 * ip.trust_share, ip.nature)
    assert burst.words == "same IP within the same two hours"


def test_a_declared_kind_keeps_its_name() -> None:
    own = IdentifierKind("ip_network", Normaliser.EXACT, 0.7, "Net", "ON_NET", "same net")
    assert with_derived(KindSet.of((*BUILT_IN_KINDS.kinds, own))).named("ip_network") == own
