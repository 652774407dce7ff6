"""Whatever the workspace knows is found in a text that says it, and hostile text is only text."""

from __future__ import annotations

import pytest
from handmade_shop import ACCOUNTS, HOSTILE, OFFICE, SCREEN_WIPE

from graphrisk.enforce.scan import KnownIndex, KnownValue, Match, find_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS, Comparison, IdentifierKind, KindSet, Normaliser
from graphrisk.stores.duckdb.spoken_values import SpokenValues
from graphrisk.workspace import Workspace


def known(shop: Workspace, *texts: str, kinds: KindSet = BUILT_IN_KINDS) -> list[KnownValue]:
    with shop.reading() as connection:
        return list(SpokenValues(connection, kinds).find_known(texts))


@pytest.mark.parametrize("name", [*ACCOUNTS, OFFICE])
def test_each_account_and_identifier_is_found_in_a_sentence(shop: Workspace, name: str) -> None:
    text = f"it was {name}, twice"
    values = known(shop, text)
    assert name in {value.text for value in values}
    assert any(find.known for find in find_identifiers(text, KnownIndex.of(values), "US"))


def test_only_values_that_begin_like_something_in_the_text_are_read(shop: Workspace) -> None:
    assert known(shop, "nothing of anybody") == []
    assert {value.text for value in known(shop, "acc1 and", "D9")} == {"acc1", "D9"}


@pytest.mark.parametrize("text", [*HOSTILE, "$texts", "' OR 1=1 --", "\x00", "", "%", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢"])
def test_hostile_text_is_only_text(shop: Workspace, text: str) -> None:
    assert all(text.lower() in value.text.lower() for value in known(shop, text))
    assert {value.text for value in known(shop, "acc1")} == {"acc1"}


def test_names_are_read_with_their_control_characters(shop: Workspace) -> None:
    assert KnownValue("name", SCREEN_WIPE, Match.NAME) in known(shop, SCREEN_WIPE)


def test_how_a_value_is_compared_follows_from_its_kind(shop: Workspace) -> None:
    def match(normaliser: Normaliser, comparison: Comparison = Comparison.EXACT) -> set[Match]:
        kind = IdentifierKind("device", normaliser, 1.0, "Device", "USED", "same", comparison)
        return {value.match for value in known(shop, "D1", kinds=KindSet.of([kind]))}

    assert match(Normaliser.EXACT) == {Match.EXACT}
    assert match(Normaliser.FOLDED) == {Match.FOLDED}
    assert match(Normaliser.ADDRESS) == {Match.WORDS}
    assert match(Normaliser.EXACT, Comparison.NAME) == {Match.NAME}
    assert match(Normaliser.EXACT, Comparison.DATE) == set()
