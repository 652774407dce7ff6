"""The ledger under real processes: two writers, writers that are killed, a disk that is full, a wrong key."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from real_ledgers import AT, a_package, begin_ledger, make_places

from graphrisk.enforce.ledger_check import check_ledger
from graphrisk.errors import TamperedError, WorkspaceBusyError
from graphrisk.model.ledger import Changed, Packaged, Stopped
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.places import EnforcementPlaces

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["graphrisk.stores.enforcement.ledger_file"])
KILL_COUNT = 60


def open_ledger(folder: Path) -> Ledger:
    places = make_places(folder)
    return Ledger(places, KeyFolder.open(places.keys), lock_seconds=60)


def is_sound(places: EnforcementPlaces) -> bool:
    keys, ledger = KeyFolder.open(places.keys), open_ledger(places.workspace.parent)
    return check_ledger(ledger.read_bytes(), keys.verify, keys.signing_fingerprint).faults == ()


def append_many(folder: str, name: str, count: int) -> None:
    ledger = open_ledger(Path(folder))
    for number in range(count):
        with ledger.writing() as writer:
            writer.append([Stopped(f"{number}")], name, AT)


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    ledger = begin_ledger(places)
    writers = [FORKS.Process(target=append_many, args=(str(tmp_path), name, 60)) for name in "ab"]
    for writer in writers:
        writer.start()
    seen = 0
    while any(writer.is_alive() for writer in writers):
        entries = ledger.read()  # without a lock: never half of anything, never less than before
        assert len(entries) >= seen
        seen = len(entries)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    entries = ledger.read()
    for name in "ab":
        said = [e.body.why for e in entries if e.by == name and isinstance(e.body, Stopped)]
        assert said == [str(number) for number in range(60)]
    assert is_sound(places)


def hold(folder: str) -> None:
    with open_ledger(Path(folder)).writing():
        time.sleep(60)


def test_whoever_waits_too_long_is_told_that_a_retry_helps(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    begin_ledger(places)
    holder = FORKS.Process(target=hold, args=(str(tmp_path),))
    holder.start()
    try:
        impatient = Ledger(places, KeyFolder.open(places.keys), lock_seconds=0.1)
        with pytest.raises(WorkspaceBusyError) as busy:
            wait_for_it(impatient)
        assert busy.value.retryable
    finally:
        holder.kill()
        holder.join()
    with impatient.writing() as writer:  # the lock died with its holder
        writer.append([Stopped("")], "ann", AT)


def wait_for_it(ledger: Ledger) -> None:
    for _ in range(300):
        with ledger.writing():
            pass
        time.sleep(0.1)


def append_packages(folder: str, told: str, first: int) -> None:
    """Writes the number of each package into `told` once it is acknowledged."""
    ledger = open_ledger(Path(folder))
    with open(told, "ab", buffering=0) as file:  # noqa: PTH123 - unbuffered
        for number in range(first, first + 10_000):
            with ledger.writing() as writer:
                writer.append(a_package(number, 1 + number % 7), "ann", AT)
            file.write(f"{number}\n".encode())


@pytest.mark.slow
def test_writers_that_are_killed_lose_nothing_they_were_told_of_and_leave_nothing_half(
    tmp_path: Path,
) -> None:
    places = make_places(tmp_path)
    begin_ledger(places)
    told, draw = tmp_path / "told", random.Random(4)
    told.touch()
    cuts: list[str] = []
    for kill in range(KILL_COUNT):
        writer = FORKS.Process(target=append_packages, args=(str(tmp_path), str(told), kill * 10_000))
        writer.start()
        size = places.ledger.stat().st_size
        while places.ledger.stat().st_size == size and writer.is_alive():
            time.sleep(0.0005)
        time.sleep(draw.random() * 0.03)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
        assert is_sound(places)
        with Ledger(places, KeyFolder.open(places.keys), tell=cuts.append).writing() as ours:
            entries = ours.entries
        acknowledged = {f"PKG-{number}" for number in told.read_text().split()}
        packages = {entry.body.package_id for entry in entries if isinstance(entry.body, Packaged)}
        assert acknowledged <= packages
        assert len(packages) <= len(acknowledged) + kill + 1
        changes = [entry.body for entry in entries if isinstance(entry.body, Changed)]
        assert {change.package_id for change in changes} == packages
        assert len(changes) == sum(1 + int(name[4:]) % 7 for name in packages)
    assert cuts, "no kill hit a write: the test does not test what it says"


def test_another_process_with_other_keys_is_refused(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    begin_ledger(places)
    KeyFolder.create(tmp_path / "others")
    before = places.ledger.read_bytes()
    code = (
        "import sys; from pathlib import Path\n"
        "from graphrisk.stores.enforcement.keys import KeyFolder\n"
        "from graphrisk.stores.enforcement.ledger_file import Ledger\n"
        "from graphrisk.stores.enforcement.places import EnforcementPlaces\n"
        "shop, keys = map(Path, sys.argv[1:])\n"
        "with Ledger(EnforcementPlaces(shop, keys), KeyFolder.open(keys)).writing(): pass\n"
    )
    command = [sys.executable, "-c", code, str(places.workspace), str(tmp_path / "others")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "TamperedError" in refused.stderr
    assert "another signing key" in refused.stderr
    assert places.ledger.read_bytes() == before
    with pytest.raises(TamperedError):
        Ledger(places, KeyFolder.open(tmp_path / "others")).read()


# A file system of a few pages; whoever is not root may mount one in a name space of their own, if the kernel
# grants that.
IN_A_SMALL_DISK = 'mount -t tmpfs -o size=160k tmpfs "$1" && exec "$2" -c "$3" "$1" "$4" "$5"'
APPEND_UNTIL_FULL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from real_ledgers import AT, a_package, begin_ledger, make_places
from graphrisk.enforce.ledger_check import check_ledger
from graphrisk.errors import GraphriskError
from graphrisk.stores.enforcement.keys import KeyFolder

folder, account_count = Path(sys.argv[1]), int(sys.argv[3])
places = make_places(folder)
ledger, acknowledged, failures = begin_ledger(places), 1, 0
keys = KeyFolder.open(places.keys)
filler = folder / "filler"
filler.write_bytes(bytes(65_536))
for number in range(10_000):
    before = places.ledger.read_bytes(), places.head.read_bytes()
    try:
        with ledger.writing() as writer:
            acknowledged += len(writer.append(a_package(number, account_count), "ann", AT))
    except GraphriskError as error:
        assert "the disk does not take what is written: No space left" in str(error), error
        assert "make room" in str(error), error
        assert (places.ledger.read_bytes(), places.head.read_bytes()) == before
        assert not list(places.folder.glob("*.part"))
        failures += 1
        if failures == 3:
            break
assert failures == 3, "the disk was never full"
assert len(ledger.read()) == acknowledged > 1
assert check_ledger(ledger.read_bytes(), keys.verify, keys.signing_fingerprint).faults == ()
filler.unlink()
with ledger.writing() as writer:
    writer.append(a_package(99_999, account_count), "ann", AT)
assert len(ledger.read()) == acknowledged + account_count + 1
"""


def need_mounts(tmp_path: Path) -> None:
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if shutil.which("unshare") is None or subprocess.run(tried, capture_output=True, check=False).returncode:
        pytest.skip("the kernel does not let us mount a small file system")


@pytest.mark.parametrize("account_count", [1, 40])  # what fails is the head, or the lines
def test_a_full_disk_loses_nothing_and_leaves_nothing_half(account_count: int, tmp_path: Path) -> None:
    need_mounts(tmp_path)
    tests = Path(__file__).parents[1]
    inside = [tmp_path, sys.executable, APPEND_UNTIL_FULL, tests, account_count]
    command = ["unshare", "-rm", "sh", "-c", IN_A_SMALL_DISK, "sh", *map(str, inside)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


UNABLE_TO_TAKE_BACK = """
import errno, os, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from real_ledgers import AT, a_package, begin_ledger, make_places
from graphrisk.errors import GraphriskError

places = make_places(Path(sys.argv[1]))
ledger = begin_ledger(places)
take_back = os.ftruncate
def fail_to_take_back(handle, size):
    if os.fstat(handle).st_size > 1000:
        raise OSError(errno.EIO, "Input/output error")
    take_back(handle, size)
try:
    with ledger.writing() as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        os.ftruncate = fail_to_take_back
        writer.append(a_package(1, 40), "ann", AT)
except GraphriskError as error:
    assert "neither what is written" in str(error), error
    sys.exit(7)
"""


def test_what_the_disk_neither_takes_nor_takes_back_is_cut_off_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNABLE_TO_TAKE_BACK, str(tmp_path), str(Path(__file__).parents[1])]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 7, failed.stderr
    places, told = make_places(tmp_path), []
    assert places.ledger.stat().st_size == 4000
    assert is_sound(places)
    assert len(open_ledger(tmp_path).read()) == 1
    with Ledger(places, KeyFolder.open(places.keys), tell=told.append).writing() as writer:
        assert len(writer.append(a_package(1, 40), "ann", AT)) == 41
    assert "interrupted" in told[0]


WHERE_NOBODY_WRITES = (
    'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && shift && exec "$@"'
)


def test_an_auditor_reads_a_copy_where_nobody_can_write(tmp_path: Path) -> None:
    need_mounts(tmp_path)
    places = make_places(tmp_path)
    begin_ledger(places)
    audit = [sys.executable, "-m", "graphrisk", "audit", "verify", "-w", "shop", "--keys", "keys"]
    command = ["unshare", "-rm", "sh", "-c", WHERE_NOBODY_WRITES, "sh", str(tmp_path), *audit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "as it was written" in done.stdout) == (0, True), done.stderr
