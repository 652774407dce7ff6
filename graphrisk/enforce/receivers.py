"""Who takes packages by webhook."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receiver:
    """name: under which deliveries are recorded. url: https, or http to this machine. batch_size: actions in
    one message at most. try_count: before a message becomes a dead letter. timeout_seconds: of each step of a
    request."""

    name: str
    url: str
    batch_size: int = 100
    try_count: int = 5
    timeout_seconds: float = 10.0
