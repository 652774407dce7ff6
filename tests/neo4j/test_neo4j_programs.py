"""The server's programs are fetched once, for the right Java, and what is missing is said."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import neo4j_programs
import pytest
from neo4j_container import docker_answers, run_container
from neo4j_programs import LTS, NEWEST, ServerMissingError, fetch_programs, find_java, java_version

# A Maven that fetches one jar, and writes down that it was called
MAVEN = """#!/bin/sh
echo called >> "{log}"
sleep 0.2
for argument in "$@"; do
  case "$argument" in
    -DoutputDirectory=*) folder=${{argument#*=}}; mkdir -p "$folder"; touch "$folder/neo4j.jar" ;;
  esac
done
{end}
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with an empty cache, no Java and no Maven, but /bin for scripts; its folder of programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(neo4j_programs, "JDK_PLACES", (str(tmp_path / "jvm" / "*"),))
    monkeypatch.setattr(neo4j_programs.shutil, "which", lambda name: _only_in(programs, name))
    find_java.cache_clear()
    java_version.cache_clear()
    yield programs
    find_java.cache_clear()
    java_version.cache_clear()


def _only_in(folder: Path, name: str) -> str | None:
    return str(folder / name) if (folder / name).exists() else None


def put_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def put_java(home: Path, version: str) -> Path:
    return put_script(home / "bin" / "java", f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")


def test_java_is_taken_from_java_home_before_the_usual_places_and_only_if_it_fits(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_java(tmp_path / "jvm" / "old", "1.8.0_402")
    fitting = put_java(tmp_path / "jvm" / "seventeen", "17.0.15")
    assert find_java(LTS.java) == fitting
    assert find_java(NEWEST.java) is None

    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "twenty-five"))
    newest = put_java(tmp_path / "twenty-five", "25.0.1")
    find_java.cache_clear()
    assert (find_java(LTS.java), find_java(NEWEST.java)) == (fitting, newest)


def test_without_java_or_maven_the_reason_names_what_is_missing(bare: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerMissingError, match="needs Java 17 or 21"):
        fetch_programs()
    put_java(tmp_path / "jvm" / "seventeen", "17.0.15")
    find_java.cache_clear()
    with pytest.raises(ServerMissingError, match="Maven"):
        fetch_programs()


def test_several_at_once_fetch_once(bare: Path, tmp_path: Path) -> None:
    put_java(tmp_path / "jvm" / "seventeen", "17.0.15")
    put_script(bare / "mvn", MAVEN.format(log=tmp_path / "log", end=""))
    with ThreadPoolExecutor(3) as callers:  # the lock is one on a file: threads meet it as processes do
        found = list(callers.map(lambda _: fetch_programs(), range(3)))
    assert len(set(found)) == 1
    assert (found[0].lib / "neo4j.jar").exists()
    assert (tmp_path / "log").read_text().split() == ["called"]


def test_a_fetch_that_failed_half_way_leaves_nothing_that_the_next_one_would_take(
    bare: Path, tmp_path: Path
) -> None:
    put_java(tmp_path / "jvm" / "seventeen", "17.0.15")
    said = "echo '[ERROR] Could not transfer artifact org.neo4j:neo4j'; exit 1"
    maven = put_script(bare / "mvn", MAVEN.format(log=tmp_path / "log", end=said))
    with pytest.raises(ServerMissingError, match=r"Could not transfer artifact"):
        fetch_programs()
    put_script(maven, MAVEN.format(log=tmp_path / "log", end=""))
    assert (fetch_programs().lib / "neo4j.jar").exists()
    assert (tmp_path / "log").read_text().split() == ["called", "called"]


def test_a_changed_pom_is_fetched_anew(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_java(tmp_path / "jvm" / "seventeen", "17.0.15")
    put_script(bare / "mvn", MAVEN.format(log=tmp_path / "log", end=""))
    before = fetch_programs().lib
    other = shutil.copy(neo4j_programs.POM, tmp_path / "pom.xml")
    other.write_text(other.read_text() + "<!-- another version -->\n")
    monkeypatch.setattr(neo4j_programs, "POM", other)
    assert fetch_programs().lib != before


@contextmanager
def engine(folder: Path, answer: bytes) -> Iterator[str]:
    """A Docker engine that gives one answer to whatever it is asked; its DOCKER_HOST."""
    address = folder / "engine"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(address))
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    asked, _ = listener.accept()
                except OSError:
                    return
                with asked:
                    asked.recv(65536)
                    asked.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{address}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(("status", "answers"), [("200 OK", True), ("503 Service Unavailable", False)])
def test_a_docker_engine_counts_if_it_answers(
    status: str, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("testcontainers")
    with engine(tmp_path, f"HTTP/1.0 {status}\r\n\r\nOK".encode()) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert docker_answers() is answers
    assert docker_answers() is False  # now nobody listens


def test_an_engine_that_cannot_start_a_container_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("testcontainers")
    refusal = b'HTTP/1.0 500 Internal Server Error\r\nContent-Type: application/json\r\n\r\n{"message": "no"}'
    with engine(tmp_path, refusal) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(ServerMissingError, match="could not start"), run_container():
            pass
