"""Who takes packages by webhook."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from graphrisk.errors import ConfigError

MAX_BATCH_SIZE = 10_000
MAX_TRY_COUNT = 20
MAX_TIMEOUT_SECONDS = 300.0

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")  # it names a file, too
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")  # printable ASCII without blanks, quotes, \ ^ ` { | } < >


@dataclass(frozen=True, slots=True)
class Receiver:
    """name: under which deliveries are recorded. url: https, or http to this machine. batch_size: actions in
    one message at most. try_count: before a message becomes a dead letter. timeout_seconds: for one try, from
    the connection to the end of the answer."""

    name: str
    url: str
    batch_size: int = 100
    try_count: int = 5
    timeout_seconds: float = 10.0


def check_receiver(receiver: Receiver, where: str) -> None:
    """where: the section that says it. Raises ConfigError; it does not show the url, which may hold a
    secret."""
    for wrong, remedy in _faults(receiver):
        raise ConfigError(wrong, where=where, remedy=remedy)


def _faults(receiver: Receiver) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(receiver.name):
        yield "no name for a receiver", "letters, digits, - and _, forty at most"
    yield from _url_faults(receiver.url)
    if not 1 <= receiver.batch_size <= MAX_BATCH_SIZE:
        yield f"batch_size is {receiver.batch_size}", f"1 to {MAX_BATCH_SIZE:,}"
    if not 1 <= receiver.try_count <= MAX_TRY_COUNT:
        yield f"try_count is {receiver.try_count}", f"1 to {MAX_TRY_COUNT}"
    if not 0 < receiver.timeout_seconds <= MAX_TIMEOUT_SECONDS:
        yield (
            f"timeout_seconds is {receiver.timeout_seconds:g}",
            f"more than 0, at most {MAX_TIMEOUT_SECONDS:g}",
        )


def _url_faults(url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url) if _URL.fullmatch(url) else None
        host = "" if parts is None else parts.hostname or ""
        port = None if parts is None else parts.port
    except ValueError:  # brackets that hold no address, a port that is no number
        parts, host, port = None, "", None
    if parts is None or not host or port == 0:
        yield "url is no address of the web", "https://HOST/PATH; other characters as %XX"
    elif "@" in parts.netloc:
        yield "url holds a user name or a password", "messages are signed; leave it out"
    elif "#" in url:
        yield "url has a fragment, which is never sent", "leave out # and what follows"
    elif parts.scheme == "http" and not _is_this_machine(host):
        yield "http would send names of accounts in the clear", "https; http is for this machine only"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
