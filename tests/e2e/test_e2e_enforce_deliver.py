"""`graphrisk enforce deliver` with everything real: ledger, keys, signed packages, a receiver over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from delivery_shop import make_delivery_shop
from delivery_world import put_package, rows
from receiver import HOSTILE, Mode, Receiver

from graphrisk.cli import main
from graphrisk.model.enforcement import Operation, Purpose
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.places import EnforcementPlaces

Told = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Shop:
    places: EnforcementPlaces
    receiver: Receiver
    call: Callable[..., Told]

    def package(self, count: int = 4) -> str:
        return put_package(self.places, rows(count))


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shop]:
    with Receiver() as receiver:
        workspace = make_delivery_shop(tmp_path, receiver.url, more="try_count = 1\n")
        keys = tmp_path / "keys"
        receiver.secret = KeyFolder.open(keys).webhook_secret()
        capsys.readouterr()

        def call(*arguments: str) -> Told:
            code = main(["enforce", *arguments, "--workspace", str(workspace.folder), "--keys", str(keys)])
            captured = capsys.readouterr()
            return code, captured.out, captured.err

        yield Shop(EnforcementPlaces(workspace.folder, keys), receiver, call)


def test_a_package_is_delivered_once_and_its_actions_are_acknowledged(shop: Shop) -> None:
    package = shop.package()
    code, out, err = shop.call("deliver", package, "--to", "shop", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["package_id"], told["messages"], told["taken"]) == (package, 2, 2)
    assert (told["is_complete"], told["why"]) == (True, None)
    assert [account for _, _, account in shop.receiver.actions()] == [f"acc{n:04}" for n in range(4)]
    assert shop.receiver.wrong == []
    manifest = json.loads((shop.places.packages / package / "manifest.json").read_bytes())
    first = json.loads(shop.receiver.bodies[0])
    assert first["ledger_seq"] == manifest["header"]["ledger_seq"]
    assert shop.call("deliver", package[:12], "--to", "shop")[0] == 0
    assert len(shop.receiver.requests) == 2
    code, out, _ = shop.call("deliveries", package, "--json")
    (delivery,) = json.loads(out)["deliveries"]
    assert (delivery["to"], delivery["taken"], delivery["dead"]) == ("shop", 2, 0)
    assert [each["status"] for each in delivery["acknowledgements"]] == ["taken"] * 4
    assert {each["message_id"] for each in delivery["acknowledgements"]} == set(shop.receiver.kept)


def test_what_is_not_taken_ends_in_exit_code_10_and_a_dead_letter_without_names(shop: Shop) -> None:
    package = shop.package()
    shop.receiver.behave([Mode.TAKE, Mode.FAIL])
    code, out, err = shop.call("deliver", package, "--to", "shop")
    assert code == 10
    assert "1 of 2 messages are delivered; dead letters: 1" in err
    assert "answered 503" in err
    letter = shop.places.dead_letters.read_text(encoding="ascii")
    assert (json.loads(letter)["package_id"], json.loads(letter)["part"]) == (package, 2)
    ledger = shop.places.ledger.read_text(encoding="utf-8")
    code, table, _ = shop.call("deliveries", package)
    for text in (out, err, letter, ledger, table):
        assert "acc0" not in text
        assert not any(evil in text for evil in (HOSTILE, "evil", "do-not-tell", "\x1b"))
    assert "\tdead\t" in table
    assert shop.call("deliver", package, "--to", "shop")[0] == 0
    assert shop.places.dead_letters.read_text(encoding="ascii") == ""


def test_the_kill_switch_holds_up_what_is_applied_and_nothing_that_is_taken_back(shop: Shop) -> None:
    package = shop.package()
    assert shop.call("deliver", package, "--to", "shop")[0] == 0
    more = put_package(shop.places, rows(2, first=9), stage="rest")
    back = put_package(shop.places, rows(4, Operation.LIFT), Purpose.REVERT)
    shop.places.stop.touch()
    code, _, err = shop.call("deliver", more, "--to", "shop")
    assert (code, "kill switch" in err) == (8, True)
    assert shop.call("deliver", back, "--to", "shop")[0] == 0
    assert [operation for _, operation, _ in shop.receiver.actions()] == ["impose"] * 4 + ["lift"] * 4


def test_a_package_that_was_changed_is_not_delivered(shop: Shop) -> None:
    package = shop.package()
    place = shop.places.packages / package / "actions.jsonl"
    place.write_bytes(place.read_bytes().replace(b"restrict", b"restrain"))
    code, _, err = shop.call("deliver", package, "--to", "shop")
    assert (code, "actions.jsonl" in err) == (9, True)
    assert shop.receiver.requests == []


def test_a_folder_that_the_ledger_does_not_know_is_not_delivered(shop: Shop) -> None:
    package = shop.package()
    (shop.places.packages / package).rename(shop.places.packages / "PKG-MALLORY")
    assert shop.call("deliver", "PKG-MALLORY", "--to", "shop")[0] == 4
    assert shop.call("deliver", package, "--to", "shop")[0] == 4
    assert shop.receiver.requests == []


def test_a_receiver_has_to_be_in_the_policy_and_its_address_safe(shop: Shop) -> None:
    package = shop.package()
    code, _, err = shop.call("deliver", package, "--to", "\x1b[31mbank")
    assert (code, "one of shop" in err, "\x1b" in err) == (4, True, False)
    text = shop.places.policy.read_text(encoding="utf-8")
    shop.places.policy.write_text(text.replace("http://127.0.0.1", "http://shop.example"), encoding="utf-8")
    code, _, err = shop.call("deliver", package, "--to", "shop")
    assert (code, "in the clear" in err) == (2, True)


def test_what_went_to_nobody_is_listed_too(shop: Shop) -> None:
    assert "nothing was delivered" in shop.call("deliveries")[2]
    package = shop.package()
    (told,) = json.loads(shop.call("deliveries", "--json")[1])["deliveries"]
    assert (told["package_id"], told["to"], told["actions"], told["taken"]) == (package, None, 4, 0)


def test_a_person_who_is_called_like_an_account_is_not_put_into_the_ledger(shop: Shop) -> None:
    package = shop.package()
    code, _, err = shop.call("deliver", package, "--to", "shop", "--by", "customer-4711")
    assert (code, "names somebody" in err, "4711" in err) == (2, True, False)
    assert shop.receiver.requests == []
