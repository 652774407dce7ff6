"""Free text that people type goes into the ledger, where nothing is ever taken out: so it may name nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graphrisk.enforce.scan import Find, KnownIndex, KnownValue, find_identifiers
from graphrisk.errors import ConfigError


class KnownValues(Protocol):
    """Account ids, names and identifiers of one workspace."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:
        """Every value that stands in one of the texts, and maybe some that begin like something in them."""
        ...


class NobodyKnown:
    """Fits KnownValues, where the tables cannot be asked."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:  # noqa: ARG002 - fits KnownValues
        return ()


@dataclass(frozen=True, slots=True)
class Guard:
    """region: two letters, of telephone numbers without country code."""

    known: KnownValues
    region: str


def refuse_identifiers(guard: Guard, text: str, where: str) -> None:
    """Do nothing where the text names nobody. where: the flag or field, as the person knows it. Raises
    ConfigError, which says what kind of thing was found and at which words, and not what it is."""
    refuse_all(guard, [(where, text)])


def refuse_all(guard: Guard, told: Sequence[tuple[str, str]]) -> None:
    """As refuse_identifiers for several texts, (where, text), of which the first that names somebody is
    refused; the workspace is asked once."""
    index = KnownIndex.of(guard.known.find_known([text for _, text in told]))
    for where, text in told:
        _refuse(find_identifiers(text, index, guard.region), where)


def _refuse(found: Sequence[Find], where: str) -> None:
    if found:
        raise ConfigError(
            f"the text names somebody: {', '.join(_told(find) for find in found[:3])}",
            where=where,
            remedy="what is written down here cannot be erased: say it without ids, names, addresses and"
            " numbers of people; rings, plans, cases and tokens may be named. If a word only happens to be"
            " somebody's id, use another one",
        )


def _told(find: Find) -> str:
    place = f"words {find.first_word} to {find.last_word}"
    if find.first_word == find.last_word:
        place = f"word {find.first_word}"
    article = "an" if find.kind[:1] in tuple("aeiou") else "a"
    return f"{'' if find.known else 'what looks like '}{article} {find.kind} ({place})"
