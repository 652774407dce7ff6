"""A member's path leads from it to the core over the strongest hops, and says what it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.errors import NotFoundError
from graphrisk.flows.explain import counterfactual_words, explain_members, share_words
from graphrisk.model.counterfactuals import Counterfactual, RemovedThing, RingPart, Search
from graphrisk.model.findings import MemberFinding, RingDossier, RingFinding, SharedIdentifier
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.rings import MemberRole

CORE, FRINGE = MemberRole.CORE, MemberRole.FRINGE


def share(
    a: str, b: str, kind: str = "device", bits: float = 10.0, probability: float = 0.5
) -> SharedIdentifier:
    return SharedIdentifier(a, b, kind, f"{a}{b}", 4, 3, bits, probability)


def ring_of(roles: dict[str, MemberRole], *shares: SharedIdentifier) -> RingDossier:
    return RingDossier(
        run_id="run-1",
        ring=RingFinding("RING-A", 0.5, len(roles), 1, 0, 0, "components", 0, None, None, None, "because"),
        members=tuple(
            MemberFinding(name, role, 0.4, 1.0, 0.5, 1.0, "as the run said") for name, role in roles.items()
        ),
        signals=(),
        evidence=shares,
        labels=(),
        base_account_count=1_000_000,
    )


def walked(ring: RingDossier, account_id: str) -> list[str]:
    (path,) = explain_members(ring, BUILT_IN_KINDS, account_id)
    return [account_id, *(hop.via_account_id for hop in path.hops)]


def test_a_path_ends_at_the_first_core_member() -> None:
    ring = ring_of(
        {"a": CORE, "b": CORE, "c": FRINGE, "d": FRINGE}, share("d", "c"), share("c", "b"), share("b", "a")
    )
    assert walked(ring, "d") == ["d", "c", "b"]


def test_a_core_member_is_explained_by_the_next_one() -> None:
    ring = ring_of({"a": CORE, "b": CORE, "c": CORE}, share("c", "b"), share("b", "a"))
    assert walked(ring, "c") == ["c", "b"]
    assert walked(ring, "a") == ["a"]


def test_of_two_hops_the_more_probable_is_taken() -> None:
    ring = ring_of(
        {"a": CORE, "b": CORE, "c": FRINGE},
        share("c", "a", probability=0.2),
        share("c", "b", probability=0.9),
    )
    assert walked(ring, "c") == ["c", "b"]


def test_all_that_two_accounts_share_stands_in_one_hop_and_its_bits_add_up() -> None:
    ring = ring_of({"a": CORE, "b": FRINGE}, share("b", "a", "ip", 3.0), share("b", "a", "device", 20.0))
    (path,) = explain_members(ring, BUILT_IN_KINDS, "b")
    (hop,) = path.hops
    assert [each.kind for each in hop.shares] == ["device", "ip"]
    assert hop.bits == 23.0


def test_a_share_is_told_in_words_with_numbers_that_can_be_checked() -> None:
    words = share_words(
        SharedIdentifier("a", "b", "device", "D1", 4, 3, 21.4, 0.5), BUILT_IN_KINDS, 1_000_000
    )
    assert words == "same device D1 as 2 others here; 4 accounts ever, 0.0004 % of the base; 21.4 bits"


def test_a_kind_that_nobody_declared_is_called_by_its_name() -> None:
    words = share_words(SharedIdentifier("a", "b", "wallet", "W", 2, 2, 1.0, 0.5), BUILT_IN_KINDS, 0)
    assert words == "same wallet W as 1 other here; 2 accounts ever; 1.0 bits"


def test_a_stranger_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no such account in RING-A"):
        explain_members(ring_of({"a": CORE}), BUILT_IN_KINDS, "z")


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0, 1)), max_size=20),
    st.integers(0, 127),
)
def test_a_path_never_turns_back_and_only_its_end_may_be_core(
    hops: list[tuple[int, int, float]], core: int
) -> None:
    roles = {str(i): CORE if core >> i & 1 else FRINGE for i in range(7)}
    ring = ring_of(roles, *(share(str(a), str(b), probability=p) for a, b, p in hops if a != b))
    for path in explain_members(ring, BUILT_IN_KINDS):
        steps = [path.member.account_id, *(hop.via_account_id for hop in path.hops)]
        assert len(set(steps)) == len(steps)
        assert all(roles[step] is FRINGE for step in steps[1:-1])
        assert all(hop.account_id == before for hop, before in zip(path.hops, steps, strict=False))


def test_a_counterfactual_says_what_goes_into_what_parts_and_how_sure_it_is() -> None:
    card = RemovedThing("instrument", "C1", 1200)
    parts = (RingPart(11, is_ring=True), RingPart(7, is_ring=False), RingPart(1, is_ring=False))
    told = counterfactual_words(Counterfactual(None, (card,), Search.CUT, 1, 12, parts), "RING-A")
    assert told == (
        "without instrument C1 (1,200 accounts ever) RING-A falls apart into 11 + 7 (no ring) + 1 alone; "
        "confirmed by detecting again; by a minimum cut; a smaller set may do it"
    )
    left = counterfactual_words(Counterfactual("a", (card,), Search.EXACT, 1, 12, parts[:1]), "RING-A")
    assert left.startswith("without instrument C1 (1,200 accounts ever) a leaves RING-A")
    assert left.endswith("no smaller set does it, opinions of accounts unchanged")


def test_where_no_set_did_it_that_is_said_with_what_was_tried() -> None:
    told = counterfactual_words(Counterfactual(None, (), None, 6, 12, ()), "RING-A")
    assert told == "no set of up to 12 identifiers that was tried breaks up RING-A; detected again 6 times"
    told = counterfactual_words(Counterfactual("a", (), None, 0, 12, ()), "RING-A")
    assert told.endswith("takes this account out of RING-A; nothing to try")
