"""What a real server refuses ends in one line and a remedy; the next push finishes what it can bear again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from forked_push import push_through
from graph_snapshots import count_graph, read_graph
from neo4j_programs import fetch_programs
from neo4j_server import Neo4jProcess, Neo4jServer, free_ports, wipe
from small_market import (
    PUSH_SECONDS,
    assert_refused,
    environment,
    make_market,
    neo4j_command,
    push,
    run_neo4j,
    set_batch_rows,
)
from tables_on_disk import make_workspace

Start = Callable[..., Neo4jProcess]
OLD_VERSION = "5.20.0"  # knows no `CYPHER 5`
WORDY_COUNT = 4_000
WITHOUT_BROWSER = {"server.http.enabled": "false"}  # starts a second sooner


@pytest.fixture(scope="module", autouse=True)
def _the_old_server_is_fetched_meanwhile() -> Iterator[None]:
    """Waiting for 100 MB in 200 files costs time, but little work. Who starts it is told what went wrong."""
    with ThreadPoolExecutor(1) as fetching:
        fetching.submit(fetch_programs, OLD_VERSION)
        yield


class TestBeforeAnythingIsWritten:
    """Each on the server of the tests, with the hand-made shop."""

    @pytest.mark.parametrize(
        ("variables", "exit_code", "words"),
        [
            ({"NEO4J_PASSWORD": "wrong-one"}, 6, ("user or password are wrong",)),
            ({"NEO4J_DATABASE": "elsewhere"}, 6, ("there is no such database", "[neo4j] database")),
            ({"NEO4J_PASSWORD": "", "NEO4J_PASSWORD_FILE": "/nowhere/word"}, 2, ("/nowhere/word", "No such")),
            ({"NEO4J_PASSWORD": ""}, 2, ("no password for Neo4j", "--password-file")),
            ({"NEO4J_URI": "bolt://neo4j:wrong-one@localhost"}, 2, ("holds a user or a password",)),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
    )  # fmt: skip
    def test_a_wrong_setting_is_said_in_one_line(
        self,
        neo4j_server: Neo4jServer,
        shop_as_made: Path,
        variables: dict[str, str],
        exit_code: int,
        words: tuple[str, ...],
    ) -> None:
        refused = push(shop_as_made, neo4j_server, **variables)
        assert_refused(refused, exit_code, *words, secret=neo4j_server.password)
        assert "wrong-one" not in refused.stdout + refused.stderr

    def test_nobody_at_the_port_is_said_in_one_line(
        self, neo4j_server: Neo4jServer, shop_as_made: Path
    ) -> None:
        port, _ = free_ports()
        refused = push(shop_as_made, neo4j_server, NEO4J_URI=f"neo4j://127.0.0.1:{port}")
        assert_refused(refused, 7, "cannot be reached", "NEO4J_URI", secret=neo4j_server.password)

    def test_the_browsers_port_is_not_taken_for_the_servers(
        self, neo4j_server: Neo4jServer, shop_as_made: Path
    ) -> None:
        if neo4j_server.http_uri is None:
            pytest.skip("NEO4J_URI is given without NEO4J_HTTP_URI")
        address = neo4j_server.http_uri.replace("http://", "bolt://")
        refused = push(shop_as_made, neo4j_server, NEO4J_URI=address)
        assert_refused(refused, 7, "cannot be reached", secret=neo4j_server.password)

    def test_a_first_password_that_was_never_changed_is_said_so(
        self, neo4j_server: Neo4jServer, shop_as_made: Path
    ) -> None:
        with neo4j_server.driver() as driver, driver.session(database="system") as system:
            system.run(
                "CREATE OR REPLACE USER newcomer SET PASSWORD 'first-password' CHANGE REQUIRED"
            ).consume()
            try:
                refused = push(
                    shop_as_made, neo4j_server, NEO4J_USER="newcomer", NEO4J_PASSWORD="first-password"
                )
            finally:
                system.run("DROP USER newcomer").consume()
        assert_refused(refused, 6, "must be changed before first use", secret="first-password")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_market(tmp_path_factory.mktemp("market"))


@pytest.fixture
def wordy(tmp_path: Path) -> Path:
    """4,000 accounts of about 4 KB each: 17 MB of memory on the server if one transaction takes them all."""
    rows = "".join(f"a{at:04},{'x' * 1_500}\n" for at in range(WORDY_COUNT))
    toml = """
[neo4j]
batch_rows = 10000
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
display_name = "name"
"""
    shop = make_workspace(tmp_path / "wordy", toml, {"accounts.csv": "id,name\n" + rows})
    shop.load()
    return shop.folder


@contextmanager
def held(server: Neo4jServer, statement: str) -> Iterator[None]:
    """Somebody else's transaction, open meanwhile, and undone in the end."""
    with (
        server.driver() as driver,
        driver.session() as session,
        session.begin_transaction(timeout=300) as transaction,
    ):
        transaction.run(statement).consume()
        yield
        transaction.rollback()


def test_ctrl_c_ends_a_push_that_waits_for_somebody_elses_lock(
    neo4j_server: Neo4jServer, shop_as_made: Path
) -> None:
    wipe(neo4j_server)
    assert push(shop_as_made, neo4j_server).returncode == 0
    neo4j_server.run("MATCH (a:Account {id: 'acc1'}) SET a.content_digest = 1")  # to be written again
    # A shell's background jobs inherit SIGINT ignored
    main = """import signal, sys; from graphrisk.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main(sys.argv[1:]))"""
    command = [sys.executable, "-c", main, *neo4j_command("push", shop_as_made)[3:]]
    with (
        held(neo4j_server, "MATCH (a:Account {id: 'acc1'}) SET a.note = 'mine'"),
        subprocess.Popen(
            command, env=environment(neo4j_server), stderr=subprocess.PIPE, text=True
        ) as waiting,
    ):
        blocked = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN status"
        until = time.monotonic() + PUSH_SECONDS
        while not neo4j_server.run(blocked):
            assert time.monotonic() < until
            time.sleep(0.1)
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=30)
    assert (waiting.returncode, said) == (130, "interrupted\n")


@pytest.mark.slow
def test_a_starved_server_names_its_limit_and_takes_smaller_batches(
    start_neo4j: Start, wordy: Path, tmp_path: Path
) -> None:
    """One server with three limits: memory of a transaction, memory of all together, time. In the end it
    takes no writes at all."""
    limits = WITHOUT_BROWSER | {
        "db.memory.transaction.max": "12m",
        "dbms.memory.transaction.total.max": "16m",
        "db.transaction.timeout": "6s",
        "db.transaction.monitor.check.interval": "500ms",
    }
    process = start_neo4j(settings=limits, heap="256m")
    server = process.server

    checked = run_neo4j("check", wordy, environment(server), "--fix")
    assert (checked.returncode, checked.stderr) == (0, "")
    memory = next(line for line in checked.stdout.splitlines() if line.startswith("memory\t"))
    assert memory.startswith("memory\trisky\t")
    assert "raise server.memory.heap.max_size" in memory
    assert "raise db.memory.transaction.max" in memory

    began = time.monotonic()
    refused = push(wordy, server)
    remedy = "raise db.memory.transaction.max, or lower [neo4j] batch_rows in graphrisk.toml"
    assert_refused(refused, 7, "MemoryPoolOutOfMemoryError", remedy, secret=server.password)
    assert time.monotonic() - began < 55, "what never fits is not sent again for a minute"
    assert count_graph(server) == (0, 0)

    with held(server, "UNWIND range(1, 8000) AS i CREATE (:Held {i: i})"):  # 10 MB
        set_batch_rows(wordy, WORDY_COUNT // 2)
        refused = push(wordy, server)
        remedy = "raise dbms.memory.transaction.total.max, or lower [neo4j] batch_rows in graphrisk.toml"
        assert_refused(refused, 7, "MemoryPoolOutOfMemoryError", remedy, secret=server.password)
        set_batch_rows(wordy, WORDY_COUNT // 20)
        assert push_through(wordy, server, tmp_path) >= WORDY_COUNT
    assert count_graph(server) == (WORDY_COUNT, 0)

    server.run("MATCH (a:Account {id: 'a0007'}) SET a.content_digest = 1")  # to be written again
    with held(server, "MATCH (a:Account {id: 'a0007'}) SET a.note = 'mine'"):
        refused = push(wordy, server)
        assert_refused(refused, 7, "raise db.transaction.timeout", secret=server.password)
    assert push_through(wordy, server, tmp_path) == 1

    server.run("MATCH (a:Account {id: 'a0007'}) SET a.content_digest = 1")
    before = read_graph(server)
    server = process.restart({"server.databases.read_only": "neo4j"})
    refused = push(wordy, server)
    assert_refused(refused, 6, "the database is read only", "takes writes", secret=server.password)
    checked = run_neo4j("check", wordy, environment(server), "--fix")
    assert (checked.returncode, checked.stderr) == (6, "")
    assert "database\tlacking\tneo4j is read-only\tpush to the instance that takes writes" in checked.stdout
    assert not before.difference(read_graph(server))


def mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no file system of a limited size: {done.stderr.strip()}")


# Of the shape that a server has by default, where a log has its room before it is written
LOGS_OF_A_SMALL_DISK = WITHOUT_BROWSER | {"db.tx_log.preallocate": "true", "db.tx_log.rotation.size": "512k"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The `data` folder of a server's home, on a file system with half a megabyte to spare."""
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True)
    mount(folder, "size=5300k")
    yield folder
    # The server still runs where a test has failed: its files go when it does
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_said_and_after_room_is_made_nothing_is_lost_or_doubled(
    start_neo4j: Start, small_disk: Path, market: Path, tmp_path: Path
) -> None:
    process = start_neo4j(small_disk.parent, settings=LOGS_OF_A_SMALL_DISK)
    refused = push(market, process.server)
    assert_refused(refused, 6, "most likely", "full", "make room", secret=process.server.password)
    # The database has stopped, or takes no writes any more: whoever comes next is told what to do, too
    refused = push(market, process.server)
    assert_refused(refused, 6, "full", "make room", secret=process.server.password)
    checked = run_neo4j("check", market, environment(process.server))
    assert checked.returncode == 6
    assert "make room" in checked.stdout + checked.stderr

    process.kill()  # a clean stop would wait for a database that has stopped already
    mount(small_disk, "remount,size=200m")
    server = process.restart()
    nodes, _ = count_graph(server)
    assert push_through(market, server, tmp_path) > 0
    finished = read_graph(server)
    assert 0 < nodes < len(finished.nodes), "the disk was full too early or too late"
    server.run("MATCH (n) DETACH DELETE n")
    push_through(market, server, tmp_path)  # undisturbed
    assert not finished.difference(read_graph(server))


@pytest.mark.slow
def test_a_server_that_is_too_old_is_refused_and_left_as_it_is(
    start_neo4j: Start, shop_as_made: Path
) -> None:
    server = start_neo4j(version=OLD_VERSION, settings=WITHOUT_BROWSER).server
    server.run("CREATE (:Account {id: 'acc1'})")
    refused = push(shop_as_made, server)
    assert_refused(refused, 6, f"Neo4j {OLD_VERSION}", "too old", "upgrade to 5.26", secret=server.password)
    checked = run_neo4j("check", shop_as_made, environment(server), "--fix")
    assert (checked.returncode, checked.stderr) == (6, "")
    lines = checked.stdout.splitlines()
    assert lines[1].startswith(f"server\tlacking\tNeo4j {OLD_VERSION} community is too old\tupgrade to 5.26")
    assert len(lines) == 2, "what comes after it is not looked at"
    assert count_graph(server) == (1, 0)
    assert not server.run("SHOW CONSTRAINTS YIELD name")
