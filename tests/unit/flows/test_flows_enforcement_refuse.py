"""Free text that names somebody is refused, and the refusal does not name him."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graphrisk.enforce.scan import KnownValue
from graphrisk.errors import ConfigError
from graphrisk.flows.enforcement.refuse import Guard, refuse_identifiers


class Accounts:
    """Fits flows.enforcement.refuse.KnownValues."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:
        return [KnownValue("account", "acc17"), KnownValue("account", "zz99zz")]


GUARD = Guard(Accounts(), "US")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acc17 did it", "an account (word 1)"),
        ("mail to x@shop.example", "what looks like an email (words 3 to 5)"),
        ("call +44 20 7946 0958", "what looks like a phone (words 2 to 5)"),
    ],
)
def test_a_text_that_names_somebody_is_refused_without_naming_him(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        refuse_identifiers(GUARD, text, "--why")
    said = str(refusal.value)
    assert said.startswith(f"--why: the text names somebody: {told}\n")
    assert not {"acc17", "x@shop.example", "shop", "7946"} & set(said.replace(",", " ").split())


@pytest.mark.parametrize("text", ["", "card testing in RING-7K3QX, case CS-2026-11", "as in P-4WXQ7K3QX2"])
def test_a_text_that_names_nobody_passes(text: str) -> None:
    refuse_identifiers(GUARD, text, "--why")
