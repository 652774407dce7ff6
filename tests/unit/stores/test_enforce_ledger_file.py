"""The ledger's files: what was appended is there, what was not announced as there does not count."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_ledgers import AT, a_package, begin_ledger, bodies_of, make_places, opened, stopped

from graphrisk.errors import NotFoundError, TamperedError, WorkspaceBusyError
from graphrisk.model.ledger import Stopped
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.places import EnforcementPlaces


@pytest.fixture
def places(tmp_path: Path) -> EnforcementPlaces:
    return make_places(tmp_path)


@pytest.fixture
def ledger(places: EnforcementPlaces) -> Ledger:
    return begin_ledger(places)


def test_what_was_appended_is_read_in_its_order(ledger: Ledger) -> None:
    with ledger.writing() as writer:
        first = writer.append(a_package(1, 3), "bob", AT)
        second = writer.append([Stopped("früh")], "bob\x1b[2J", AT)
        assert writer.entries[1:] == first + second
    found = ledger.read()
    assert found[1:] == first + second
    assert [entry.seq for entry in found] == list(range(6))
    assert bodies_of(found)[-1] == Stopped("früh")


def test_without_a_ledger_nothing_is_read_or_written(places: EnforcementPlaces) -> None:
    ledger = Ledger(places, KeyFolder.create(places.keys)[0])
    with pytest.raises(NotFoundError, match="enforce init"):
        ledger.read()
    with pytest.raises(NotFoundError, match="enforce init"), ledger.writing():
        pass


def test_nothing_comes_before_the_opening(places: EnforcementPlaces) -> None:
    ledger = Ledger(places, KeyFolder.create(places.keys)[0])
    with ledger.beginning() as writer, pytest.raises(ValueError, match="first entry"):
        writer.append(stopped(1), "ann", AT)


def test_only_one_writes_at_a_time(ledger: Ledger, places: EnforcementPlaces) -> None:
    other = Ledger(places, KeyFolder.open(places.keys), lock_seconds=0.05)
    with ledger.writing() as writer:
        with pytest.raises(WorkspaceBusyError) as busy, other.writing():
            pass
        assert busy.value.retryable
        writer.append(stopped(1), "ann", AT)
        assert len(other.read()) == 2
    with other.writing() as writer:
        writer.append(stopped(1), "ann", AT)
    assert len(ledger.read()) == 3


@pytest.mark.parametrize("kept_bytes", [1, 40, 10_000])
def test_the_rest_of_an_interrupted_write_is_left_out_and_cut_off_by_the_next(
    kept_bytes: int, ledger: Ledger, places: EnforcementPlaces
) -> None:
    counted, head = places.ledger.read_bytes(), places.head.read_bytes()
    with ledger.writing() as writer:
        writer.append(a_package(1, 3), "ann", AT)
    written = places.ledger.read_bytes()[len(counted) :]
    places.ledger.write_bytes(counted + written[:kept_bytes])
    places.head.write_bytes(head)
    assert len(ledger.read()) == 1
    told: list[str] = []
    with Ledger(places, KeyFolder.open(places.keys), tell=told.append).writing() as writer:
        assert places.ledger.read_bytes() == counted
        writer.append(stopped(2), "ann", AT)
    assert "interrupted" in told[0]
    assert bodies_of(ledger.read())[1:] == stopped(2)


def test_nobody_appends_to_what_does_not_check(ledger: Ledger, places: EnforcementPlaces) -> None:
    with ledger.writing() as writer:
        writer.append(stopped(3), "ann", AT)
    sound = places.ledger.read_bytes()
    for changed in (sound.replace(b"why 1", b"why 7"), sound[:-1], sound + sound[-300:], sound + b"{"):
        places.ledger.write_bytes(changed)
        with pytest.raises(TamperedError, match="audit verify"), ledger.writing():
            pass
    places.ledger.write_bytes(sound)
    assert len(ledger.read()) == 4


def test_other_keys_are_refused(ledger: Ledger, places: EnforcementPlaces, tmp_path: Path) -> None:
    other_keys, _ = KeyFolder.create(tmp_path / "others")
    other = Ledger(places, other_keys)
    with pytest.raises(TamperedError, match="another signing key"):
        other.read()
    with pytest.raises(TamperedError, match="another signing key"), other.writing():
        pass
    (places.keys / "pseudonym.key").write_bytes((tmp_path / "others" / "pseudonym.key").read_bytes())
    with pytest.raises(TamperedError, match="another pseudonym key"):
        ledger.read()


def test_a_head_that_others_signed_is_none(ledger: Ledger, places: EnforcementPlaces, tmp_path: Path) -> None:
    other = make_places(tmp_path / "other")
    begin_ledger(other)
    places.head.write_bytes(other.head.read_bytes())
    with pytest.raises(TamperedError, match="signed by another key than ours"):
        ledger.read()


def test_a_second_opening_of_the_same_ledger_is_an_entry_like_any_other(ledger: Ledger, places) -> None:
    with ledger.beginning() as writer:
        assert len(writer.entries) == 1
        writer.append([opened(KeyFolder.open(places.keys))], "ann", AT)
    assert len(ledger.read()) == 2


def test_nobody_appends_who_does_not_hold_the_ledger(ledger: Ledger) -> None:
    with ledger.writing() as writer:
        writer.append(stopped(1), "ann", AT)
    with pytest.raises(ValueError, match="held no longer"):
        writer.append(stopped(1), "ann", AT)
    assert len(ledger.read()) == 2


def test_after_a_write_that_failed_the_ledger_has_to_be_seen_anew(
    ledger: Ledger, places: EnforcementPlaces
) -> None:
    with ledger.writing() as writer:
        with places.ledger.open("ab") as file:
            file.write(b"{")
        with pytest.raises(TamperedError, match="somebody else wrote"):
            writer.append(stopped(1), "ann", AT)
        with pytest.raises(ValueError, match="failed"):
            writer.append(stopped(1), "ann", AT)


def test_what_the_ledger_cannot_hold_changes_nothing(ledger: Ledger, places: EnforcementPlaces) -> None:
    before = {path.name: path.read_bytes() for path in places.folder.iterdir()}
    with ledger.writing() as writer:
        for wrong in ([Stopped(1)], [Stopped("fine"), Stopped("\ud800")]):  # type: ignore[arg-type]
            with pytest.raises(ValueError, match="why"):
                writer.append(wrong, "ann", AT)
        assert writer.append([], "ann", AT) == ()
        assert {path.name: path.read_bytes() for path in places.folder.iterdir()} == before
        assert len(writer.append(stopped(1), "ann", AT)) == 1
