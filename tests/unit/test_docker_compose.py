"""docker-compose.yml: what a user starts listens on loopback only, asks for a password, and tells nobody."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from neo4j_programs import LTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVERS = ("neo4j", "investigators")
COMMANDS = ("backup", "restore", "refresh")
MANUAL = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")
every_server = pytest.mark.parametrize("server", SERVERS)


def mounts(service: str) -> dict[str, str]:
    """Volume -> where it stands in the container, and how."""
    return dict(mount.split(":", maxsplit=1) for mount in SERVICES[service]["volumes"])


def test_these_are_all_services() -> None:
    assert set(SERVICES) == {*SERVERS, *COMMANDS}


@pytest.mark.parametrize("service", SERVICES)
def test_the_image_is_the_server_that_the_tests_ran_with(service: str) -> None:
    assert SERVICES[service]["image"] == f"neo4j:{LTS.version}-community"


@every_server
def test_every_port_is_one_of_loopback(server: str) -> None:
    assert len(SERVICES[server]["ports"]) == 2
    for port in SERVICES[server]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:(7474|7687)", port)


def test_no_two_servers_want_the_same_port_or_volume() -> None:
    ports = [port.split(":")[1] for server in SERVERS for port in SERVICES[server]["ports"]]
    assert len(set(ports)) == len(ports)
    volumes = [volume for server in SERVERS for volume in mounts(server)]
    assert len(set(volumes)) == len(volumes)
    assert set(volumes) == set(COMPOSE["volumes"])


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_open_no_port_and_start_with_no_profile_of_a_server(command: str) -> None:
    assert "ports" not in SERVICES[command]
    assert SERVICES[command]["profiles"] == ["commands"]
    assert "restart" not in SERVICES[command]
    assert set(mounts(command)) <= set(COMPOSE["volumes"])


def test_without_a_password_nothing_starts() -> None:
    given = SERVICES["neo4j"]["environment"]["NEO4J_AUTH"]
    assert re.fullmatch(r"neo4j/\$\{NEO4J_PASSWORD:\?[^}]+\}", given)


def test_the_investigators_password_is_another_and_none_is_made_up() -> None:
    """An empty one, `neo4j/`, is what the image refuses."""
    assert SERVICES["investigators"]["environment"]["NEO4J_AUTH"] == (
        "neo4j/${NEO4J_INVESTIGATORS_PASSWORD:-}"
    )
    assert "PASSWORD:-}" in TEXT
    assert not re.search(r"PASSWORD:-[^}]", TEXT)


@pytest.mark.parametrize("service", SERVICES)
def test_no_container_has_a_variable_that_the_image_would_take_for_a_setting(service: str) -> None:
    names = SERVICES[service].get("environment", {})
    assert not {name for name in names if "PASSWORD" in name.upper()}
    assert "env_file" not in SERVICES[service]


@every_server
def test_nothing_is_reported_to_anybody(server: str) -> None:
    environment = SERVICES[server]["environment"]
    assert environment["NEO4J_dbms_usage__report_enabled"] == "false"
    assert environment["NEO4J_client_allow__telemetry"] == "false"


@every_server
def test_a_server_keeps_its_data_starts_again_and_is_given_time_to_stop(server: str) -> None:
    assert set(mounts(server).values()) == {"/data", "/logs"}
    assert SERVICES[server]["restart"] == "unless-stopped"
    assert SERVICES[server]["stop_grace_period"] == "2m"


@every_server
def test_memory_and_the_length_of_a_transaction_are_bounded(server: str) -> None:
    environment = SERVICES[server]["environment"]
    for name in ("heap_initial__size", "heap_max__size", "pagecache_size"):
        assert VARIABLE.fullmatch(environment[f"NEO4J_server_memory_{name}"])
    assert re.fullmatch(r"[1-9]\d*[sm]", environment["NEO4J_db_transaction_timeout"])


def test_investigators_are_a_profile_and_read_only() -> None:
    investigators = SERVICES["investigators"]
    assert investigators["profiles"] == ["investigators"]
    assert investigators["environment"]["NEO4J_server_databases_read__only"] == "neo4j"
    assert "profiles" not in SERVICES["neo4j"]
    assert "NEO4J_server_databases_read__only" not in SERVICES["neo4j"]["environment"]


def test_a_server_on_other_ports_says_so_to_its_clients() -> None:
    ports = dict(port.split(":")[:0:-1] for port in SERVICES["investigators"]["ports"])
    environment = SERVICES["investigators"]["environment"]
    assert environment["NEO4J_server_http_advertised__address"] == f"localhost:{ports['7474']}"
    assert environment["NEO4J_server_bolt_advertised__address"] == f"localhost:{ports['7687']}"


def test_refresh_reads_the_backup_of_the_one_and_writes_only_the_other() -> None:
    assert mounts("refresh") == {"neo4j-data": "/backup:ro", "investigators-data": "/data"}
    assert "--from-path=/backup/dumps " in SERVICES["refresh"]["command"]
    assert mounts("backup") == mounts("restore") == {"neo4j-data": "/data"}


@every_server
def test_the_health_check_hands_the_password_on_in_the_environment_and_never_as_an_argument(
    server: str, tmp_path: Path
) -> None:
    told = tmp_path / "told.json"
    shell = tmp_path / "cypher-shell"  # says what it was given, and to whom
    shell.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], os.environ['NEO4J_USERNAME'], os.environ['NEO4J_PASSWORD']],"
        f" open({str(told)!r}, 'w'))\n"
    )
    shell.chmod(0o755)
    kind, command = SERVICES[server]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    password = "pa$s w'o\"rd#é"
    subprocess.run(
        ["/bin/sh", "-c", command.replace("$$", "$")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "NEO4J_AUTH": f"neo4j/{password}"},
        check=True,
    )
    arguments, user, given = json.loads(told.read_text())
    assert (user, given) == ("neo4j", password)
    assert arguments == ["-a", "bolt://localhost:7687", "RETURN 1"]


def test_the_manual_names_every_variable_service_and_volume() -> None:
    variables = {name for name, _ in VARIABLE.findall(TEXT)}
    missing = {name for name in {*variables, *SERVICES, *COMPOSE["volumes"]} if f"{name}" not in MANUAL}
    assert missing == set()


def test_a_password_in_dot_env_is_not_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
