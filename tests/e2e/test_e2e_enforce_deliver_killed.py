"""A delivery that is killed at any instant and begun again loses nothing and doubles nothing."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from delivery_shop import make_delivery_shop
from delivery_world import put_package, rows
from receiver import Behaviour, Mode, Receiver

from graphrisk.model.ledger import Delivered
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.webhook import Patience
from graphrisk.workspace import Workspace
from graphrisk.workspace.delivering import DeliveryRequest, deliver_from_workspace
from graphrisk.workspace.enforcing import Enforcement

# Processes are forked from one that has imported everything: the kill is to hit the delivery, not the imports
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["graphrisk.workspace.delivering", "anyio._backends._asyncio"])
ACTION_COUNT = 20
KILL_COUNT = 100


def _deliver_here(shop: str, keys: str, package: str) -> None:
    """As the command does it, but recorded more often, so that kills hit all of its steps."""
    desk = Enforcement.open(Workspace.open(shop), Path(keys))
    request = DeliveryRequest(package, "shop", "eve", reopen=True, record_seconds=0.02)
    deliver_from_workspace(desk, request, lambda _words, _share: None, Patience(0.01, 0.02, 0.02))


def _command(places: EnforcementPlaces, package: str) -> list[str]:
    return [
        sys.executable, "-m", "graphrisk", "enforce", "deliver", package, "--to", "shop",
        "--workspace", str(places.workspace), "--keys", str(places.keys),
    ]  # fmt: skip


def _begin(places: EnforcementPlaces, package: str) -> ForkServerProcess:
    process = FORKS.Process(target=_deliver_here, args=(str(places.workspace), str(places.keys), package))
    process.start()
    return process


@pytest.mark.slow
def test_a_delivery_killed_a_hundred_times_brings_every_action_once(tmp_path: Path) -> None:
    generator = random.Random(100)
    with Receiver(pause_seconds=0.002) as receiver:
        shop = make_delivery_shop(tmp_path, receiver.url, batch_size=1)
        places = EnforcementPlaces(shop.folder, tmp_path / "keys")
        receiver.secret = KeyFolder.open(places.keys).webhook_secret()
        seconds = _time_one(places, receiver)
        given = put_package(places, rows(ACTION_COUNT))
        packages = [given]
        receiver.behave(
            generator.choice([Behaviour(Mode.TAKE), Behaviour(Mode.FAIL, keeps=True), Behaviour(Mode.RESET)])
            for _ in range(100_000)
        )
        for kill in range(KILL_COUNT):
            if not kill % 10:  # or all would soon be delivered, and nothing be left to kill
                packages.append(put_package(places, rows(ACTION_COUNT, first=1000 * (kill + 1))))
            process = _begin(places, packages[-1])
            time.sleep(generator.uniform(0.0, 1.0) * seconds)
            process.kill()
            process.join()
            Ledger(places, KeyFolder.open(places.keys)).read()  # checked as it is read
        receiver.behave([])
        for package in packages:
            process = _begin(places, package)
            process.join()
            assert process.exitcode == 0
        _check(places, receiver, (2 + len(packages)) * ACTION_COUNT)
        assert max(receiver.repeats().values()) > 1, "no kill hit between sending and recording"


def _time_one(places: EnforcementPlaces, receiver: Receiver) -> float:
    """A delivery that nobody kills, and nothing disturbs."""
    package = put_package(places, rows(ACTION_COUNT, first=500_000))
    _begin(places, package).join()  # the first one waits for the imports
    other = put_package(places, rows(ACTION_COUNT, first=600_000))
    began = time.monotonic()
    process = _begin(places, other)
    process.join()
    assert process.exitcode == 0
    assert len(receiver.kept) == 2 * ACTION_COUNT
    return time.monotonic() - began


def _check(places: EnforcementPlaces, receiver: Receiver, action_count: int) -> None:
    assert receiver.wrong == []
    told = Counter(action for action, _, _ in receiver.actions())
    assert (len(told), set(told.values())) == (action_count, {1})
    bodies = (entry.body for entry in Ledger(places, KeyFolder.open(places.keys)).read())
    delivered = [body.message_id for body in bodies if isinstance(body, Delivered)]
    assert sorted(delivered) == sorted(receiver.kept)
    assert not places.dead_letters.exists() or places.dead_letters.read_bytes() == b""


@pytest.mark.slow
def test_the_command_itself_is_killed_and_goes_on(tmp_path: Path) -> None:
    with Receiver(pause_seconds=0.05) as receiver:
        shop = make_delivery_shop(tmp_path, receiver.url, batch_size=1)
        places = EnforcementPlaces(shop.folder, tmp_path / "keys")
        receiver.secret = KeyFolder.open(places.keys).webhook_secret()
        package = put_package(places, rows(ACTION_COUNT))
        for message_count in (1, 8):
            process = subprocess.Popen(_command(places, package), stderr=subprocess.DEVNULL)
            while len(receiver.kept) < message_count and process.poll() is None:
                time.sleep(0.005)
            process.kill()
            process.wait()
        done = subprocess.run(_command(places, package), check=False, capture_output=True, env=os.environ)
        assert (done.returncode, done.stderr) == (0, b"")
        _check(places, receiver, ACTION_COUNT)


@pytest.mark.slow
def test_what_was_taken_before_ctrl_c_is_on_record(tmp_path: Path) -> None:
    with Receiver(pause_seconds=0.1) as receiver:
        shop = make_delivery_shop(tmp_path, receiver.url, batch_size=1)
        places = EnforcementPlaces(shop.folder, tmp_path / "keys")
        receiver.secret = KeyFolder.open(places.keys).webhook_secret()
        package = put_package(places, rows(ACTION_COUNT))
        process = subprocess.Popen(_command(places, package), stderr=subprocess.PIPE)
        while len(receiver.kept) < 3 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert (process.returncode, told) == (130, b"interrupted\n")
        bodies = (entry.body for entry in Ledger(places, KeyFolder.open(places.keys)).read())
        taken = sum(isinstance(body, Delivered) for body in bodies)
        # The one that was on its way may have been kept by the receiver; nobody heard of it
        assert 0 <= len(receiver.kept) - taken <= 1
        assert taken >= 2
