"""docs/operations.md on real servers: settings of docker-compose.yml, back-up, restore, upgrade, refresh.

The first test that needs it pushes a shop into a server with the compose file's own settings, stops it, and
makes a back-up with the compose file's own command; each takes a copy of what that left.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_snapshots import read_graph
from neo4j.exceptions import ClientError
from neo4j_programs import LTS, NEWEST, find_java
from neo4j_server import Neo4jProcess, Neo4jServer, admin_command

from graphrisk.errors import GraphServerError
from graphrisk.flows.push import PushReport
from graphrisk.workspace import Workspace
from graphrisk.workspace.graph_server import GraphServerFlags
from graphrisk.workspace.pushing import push_workspace

pytestmark = pytest.mark.slow
StartNeo4j = Callable[..., Neo4jProcess]

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")
)["services"]
PASSWORD = "kept-over-copies"


def settings_of(service: str) -> dict[str, str]:
    """As the image makes them of the variables: a dot is written as _, and _ as __."""
    settings = {}
    for name, value in SERVICES[service]["environment"].items():
        if name != "NEO4J_AUTH":
            plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
            settings[name.removeprefix("NEO4J_").replace("_", ".").replace("..", "_")] = plain
    return settings


def admin(home: Path, service: str, **folders: str) -> None:
    """The command of a service, its folders replaced by those here."""
    program, *arguments = shlex.split(SERVICES[service]["command"])
    assert program == "neo4j-admin"
    for there, here in folders.items():
        arguments = [each.replace(f"=/{there}/", f"={here}/") for each in arguments]
    command, environment = admin_command(home, *arguments)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def push(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[[Neo4jServer], PushReport]:
    """Pushes the hand-made shop."""

    def push_into(server: Neo4jServer) -> PushReport:
        monkeypatch.setenv("NEO4J_PASSWORD", server.password)
        return push_workspace(shop, GraphServerFlags(uri=server.uri, user=server.user))

    return push_into


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations")


@pytest.fixture
def pushed(folder: Path, start_neo4j: StartNeo4j, push: Callable[[Neo4jServer], PushReport]) -> Path:
    """Folder with the home of a server that was stopped and backed up (`home`), and its graph (`digest`)."""
    if not (folder / "digest").exists():
        process = start_neo4j(folder / "home", settings=settings_of("neo4j"), password=PASSWORD)
        assert not push(process.server).is_empty
        assert settings_of("neo4j").keys() <= names_of_settings(process.server)
        digest = read_graph(process.server).digest
        process.stop()
        admin(folder / "home", "backup")
        (folder / "digest").write_text(digest)
    return folder


def names_of_settings(server: Neo4jServer) -> set[object]:
    return {row["name"] for row in server.run("SHOW SETTINGS YIELD name")}


def test_a_restored_backup_leaves_a_push_nothing_to_do_also_after_an_upgrade(
    pushed: Path, tmp_path: Path, start_neo4j: StartNeo4j, push: Callable[[Neo4jServer], PushReport]
) -> None:
    """The upgrade is that of docs/operations.md: a newer server on the same data. Where no Java here is new
    enough for it, the same server."""
    home = shutil.copytree(pushed / "home", tmp_path / "restored")
    shutil.rmtree(home / "data" / "databases" / "neo4j")
    shutil.rmtree(home / "data" / "transactions" / "neo4j")
    admin(home, "restore", data=str(home / "data"))
    line = NEWEST if find_java(NEWEST.java) is not None else LTS
    server = start_neo4j(home, version=line.version, password=PASSWORD).server
    assert server.version.startswith(line.version.rpartition(".")[0])
    assert read_graph(server).digest == (pushed / "digest").read_text()
    assert push(server).is_empty
    assert read_graph(server).digest == (pushed / "digest").read_text()


def test_the_investigators_copy_answers_like_the_first_and_takes_no_write(
    pushed: Path, tmp_path: Path, start_neo4j: StartNeo4j, push: Callable[[Neo4jServer], PushReport]
) -> None:
    settings = settings_of("investigators")
    admin(tmp_path / "copy", "refresh", backup=str(pushed / "home" / "data"))
    server = start_neo4j(tmp_path / "copy", settings=settings).server
    assert settings.keys() <= names_of_settings(server)
    assert read_graph(server).digest == (pushed / "digest").read_text()
    search = "CALL db.index.fulltext.queryNodes('graphrisk_search', 'acc1') YIELD node RETURN node.id AS id"
    assert {"id": "acc1"} in server.run(search)
    with pytest.raises(ClientError, match="read-only"):
        server.run("MATCH (n) DETACH DELETE n")
    with pytest.raises(ClientError, match="read-only"):
        server.run("CREATE CONSTRAINT FOR (n:Mine) REQUIRE n.id IS UNIQUE")
    with pytest.raises(GraphServerError, match=r"read.only"):
        push(server)
    assert read_graph(server).digest == (pushed / "digest").read_text()
    assert server.http_uri is not None
    with urllib.request.urlopen(server.http_uri.replace("127.0.0.1", "localhost"), timeout=10) as answer:
        assert json.load(answer)["bolt_routing"] == "neo4j://localhost:7688"  # where Browser goes on to
