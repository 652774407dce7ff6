"""The countries of the synthetic marketplace. A market's code inside the simulator is its position here."""

from __future__ import annotations

from graphrisk.evaluate.simulator.market import Market
from graphrisk.evaluate.simulator.markets_elsewhere import OTHER_MARKETS
from graphrisk.evaluate.simulator.markets_west import WESTERN_MARKETS

MARKETS: tuple[Market, ...] = WESTERN_MARKETS + OTHER_MARKETS
