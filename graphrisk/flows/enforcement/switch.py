"""stop, restart: the kill switch."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from graphrisk.enforce.state import replay
from graphrisk.errors import ConfigError
from graphrisk.flows.enforcement.make_plan import Ledger
from graphrisk.model.ledger import Restarted, Stopped


class StopSign(Protocol):
    def is_up(self) -> bool:
        """Whether somebody threw the kill switch by hand."""
        ...


def switch(ledger: Ledger, by: str, why: str, at: datetime, *, stops: bool) -> bool:
    """Returns False, and writes nothing, where it stands so already."""
    if not why.strip():
        raise ConfigError("it says why", where="--why")
    with ledger.writing() as writer:
        if replay(writer.entries).is_stopped is stops:
            return False
        writer.append([Stopped(why) if stops else Restarted(why)], by, at)
    return True
