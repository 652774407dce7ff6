from __future__ import annotations

import json
import multiprocessing
import time
from datetime import datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from real_ledgers import begin_ledger, make_places, stopped

from graphrisk.enforce.deliveries import DeadLetter
from graphrisk.errors import WorkspaceBusyError
from graphrisk.stores.enforcement.delivery_desk import DeliveryFiles
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.places import EnforcementPlaces

LETTER = DeadLetter(
    datetime.fromisoformat("2026-03-01T12:00:00"), "MSG-A-1-100", "PKG-A", 1, "shop", "answered 400", 2
)


@pytest.fixture
def places(tmp_path: Path) -> EnforcementPlaces:
    places = make_places(tmp_path)
    begin_ledger(places)
    return places


def test_two_deliveries_to_one_receiver_take_turns(places: EnforcementPlaces) -> None:
    first, second = DeliveryFiles(places), DeliveryFiles(places, turn_seconds=0.05)
    with first.taking_turn("shop"):
        with pytest.raises(WorkspaceBusyError, match="shop"), second.taking_turn("shop"):
            pytest.fail("both at once")
        with second.taking_turn("bank"):
            pass
    with second.taking_turn("shop"):
        pass


def _hold(places: EnforcementPlaces, ready: Event) -> None:
    with DeliveryFiles(places).taking_turn("shop"):
        ready.set()
        time.sleep(60)


def test_a_delivery_that_was_killed_holds_up_nobody(places: EnforcementPlaces) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=_hold, args=(places, ready))
    process.start()
    assert ready.wait(60)
    with (
        pytest.raises(WorkspaceBusyError),
        DeliveryFiles(places, turn_seconds=0.05).taking_turn("shop"),
    ):
        pytest.fail("both at once")
    process.kill()
    process.join()
    with DeliveryFiles(places).taking_turn("shop"):
        pass


def test_the_file_holds_the_dead_letters_that_wait_and_no_others(places: EnforcementPlaces) -> None:
    files = DeliveryFiles(places)
    files.write_dead_letters([])
    assert not places.dead_letters.exists()
    files.write_dead_letters([LETTER, LETTER])
    lines = places.dead_letters.read_text(encoding="ascii").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "at": "2026-03-01T12:00:00Z", "message_id": "MSG-A-1-100", "package_id": "PKG-A", "part": 1,
            "to": "shop", "tries": 2, "why": "answered 400",
        }
    ] * 2  # fmt: skip
    files.write_dead_letters([])
    assert places.dead_letters.read_bytes() == b""


def test_the_mark_changes_with_every_entry_and_only_then(places: EnforcementPlaces) -> None:
    files = DeliveryFiles(places)
    marks = [files.ledger_mark(), files.ledger_mark()]
    assert marks[0] == marks[1]
    with Ledger(places, KeyFolder.open(places.keys)).writing() as writer:
        for body in stopped(3):
            writer.append([body], "eve", LETTER.at)
            marks.append(files.ledger_mark())
    assert len(set(marks)) == 4
