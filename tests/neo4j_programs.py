"""The programs of a Neo4j server for tests: found or fetched once, kept in a cache, run from there.

`tests/neo4j/server/pom.xml` names the published artifacts, Maven fetches them. A line of servers says which
Java it runs on and what its main class is called.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

POM = Path(__file__).parent / "neo4j" / "server" / "pom.xml"
FETCH_SECONDS = 900.0
ADMIN = "org.neo4j.server.startup.Neo4jAdminCommand"
# What the server's own start script opens to it
OPENED = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)
JDK_PLACES = (
    "/usr/lib/jvm/*",
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
)


class ServerMissingError(Exception):
    """Why no server can be had here, in words for whoever reads why tests were skipped."""


@dataclass(frozen=True, slots=True)
class Line:
    """Servers of one line: the version that is taken, the Java versions it runs on, its main class."""

    version: str
    java: tuple[int, ...]
    main: str
    settings: tuple[tuple[str, str], ...] = ()


LTS = Line("5.26.25", (17, 21), "org.neo4j.server.CommunityEntryPoint")
NEWEST = Line(
    "2026.09.0",
    (21, 25),
    "org.neo4j.server.Neo4jCommunity",
    (("server.fleet_discovery.enabled", "false"),),  # otherwise it calls into the network
)


@dataclass(frozen=True, slots=True)
class Programs:
    """One version of the server, ready to run: `lib` has its jars, `plugins` those of a plugin, if any."""

    version: str
    line: Line
    java: Path
    lib: Path
    plugins: Path

    def classpath(self) -> str:
        return os.pathsep.join(f"{folder}/*" for folder in (self.plugins, self.lib))


def fetch_programs(version: str | None = None, *, gds: bool = False) -> Programs:
    """The programs of `version` (None: the LTS line), fetched if this is the first time.

    With `gds`, Graph Data Science beside them, for benchmarks. Safe to call from many processes at once.
    Raises ServerMissingError where a fitting Java, Maven or an artifact is missing.
    """
    line = LTS if version is None or version.startswith("5.") else NEWEST
    version = version or line.version
    java = find_java(line.java)
    if java is None:
        needed = " or ".join(map(str, line.java))
        raise ServerMissingError(f"Neo4j {version} needs Java {needed}, and none was found")
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    place = cache_folder() / f"{version}{'-gds' if gds else ''}-{digest}"
    with _locked(place):
        if not place.is_dir():
            _fetch(place, version, java, gds=gds)
    return Programs(version, line, java, place / "lib", place / "plugins")


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "graphrisk" / "neo4j"


def _fetch(place: Path, version: str, java: Path, *, gds: bool) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerMissingError("Maven, which fetches the Neo4j server, was not found (mvn)")
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{place.name}-") as folder:
        goal = [maven, "--batch-mode", "--quiet", f"--file={POM}", f"-Dneo4j.version={version}"]
        goal += ["dependency:copy-dependencies"]
        server = [*goal, f"-DoutputDirectory={folder}/made/lib", "-DexcludeGroupIds=org.neo4j.gds"]
        plugin = [*goal, f"-DoutputDirectory={folder}/made/plugins", "-DincludeGroupIds=org.neo4j.gds"]
        for command in ([*server, "-Pgds"], [*plugin, "-Pgds"]) if gds else (server,):
            _run_maven(command, java)
        made = Path(folder, "made")
        (made / "plugins").mkdir(exist_ok=True)
        made.rename(place)


def _run_maven(command: list[str], java: Path) -> None:
    environment = os.environ | {"JAVA_HOME": str(java.parent.parent)}
    try:
        subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=FETCH_SECONDS
        )
    except subprocess.TimeoutExpired as failure:
        said = f"Maven did not fetch the Neo4j server within {FETCH_SECONDS:.0f} s"
        raise ServerMissingError(said) from failure
    except subprocess.CalledProcessError as failure:
        errors = [line for line in failure.stdout.splitlines() if "ERROR" in line] or ["it did not say why"]
        raise ServerMissingError(f"Maven could not fetch the Neo4j server: {errors[0][:300]}") from failure


@cache
def find_java(fitting: tuple[int, ...]) -> Path | None:
    """A `java` of one of the `fitting` versions: of JAVA_HOME, on the PATH, in a usual place."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if found := shutil.which("java"):
        homes.append(Path(found).resolve().parent.parent)
    for pattern in JDK_PLACES:
        folder = Path(pattern).expanduser()
        root = Path(*folder.parts[: next(at for at, part in enumerate(folder.parts) if "*" in part)])
        homes += sorted(root.glob(folder.relative_to(root).as_posix()))
    programs = (home / "bin" / "java" for home in homes)
    return next((program for program in programs if java_version(program) in fitting), None)


@cache
def java_version(program: Path) -> int | None:
    """17 for Java 17.0.15; None if this is no Java that runs."""
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r'version "(?:1\.)?(\d+)', said.stderr)
    return int(number[1]) if number else None


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
