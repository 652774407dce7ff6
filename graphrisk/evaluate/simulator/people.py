"""The accounts: where they live, what they do, when they came and when they are active.

Ring members are people too: they are drawn from this same population (rings.py), so that nothing here tells
them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.sampling import Floats, Ints, Sizes, chance, chop, fold_back

HOME_SIZE_SHARES = (0.46, 0.27, 0.13, 0.09, 0.035, 0.015)  # of homes, for 1 to 6 accounts
DORM_SHARE = 0.02  # of accounts
DORM_SIZES = Sizes(60, 600, 1.1)
AGENCY_SHARE = 0.022
AGENCY_SIZES = Sizes(3, 120, 1.1)
FLASH_SALE_SHARE = 0.12  # of the sign-ups within the window
OLD_SHARE = 0.5  # of accounts, signed up before the window
OLDEST_DAYS = 540


class Role(IntEnum):
    BUYER = 0
    SELLER = 1
    CREATOR = 2


class Setting(IntEnum):
    HOME = 0
    DORM = 1
    AGENCY = 2


@dataclass(frozen=True, slots=True)
class People:
    """All (n,). Times are seconds since the window's start; created_at may be negative, active_from never is.

    home: number of the home, the dorm or the agency, each counted from 0 within its setting.
    payment_rate: expected payments in the window.
    """

    market: Ints
    role: Ints
    setting: Ints
    home: Ints
    created_at: Ints
    active_from: Ints
    active_until: Ints
    payment_rate: Floats

    def __len__(self) -> int:
        return len(self.market)

    def moments(self, rng: np.random.Generator, account: Ints) -> Ints:
        """One time for each of `account`, within its active time."""
        start, end = self.active_from[account], self.active_until[account]
        return start + (rng.random(len(account)) * (end - start)).astype(np.int64)

    def of_setting(self, setting: Setting) -> Ints:
        """Account numbers, ascending; those of one home stand together."""
        return np.flatnonzero(self.setting == setting)


def settle_people(params: SimulationParams) -> People:
    rng = generator(params, Part.PEOPLE)
    count = params.account_count
    setting, home, home_of_all = _settle(rng, count)
    market = _markets_of_homes(rng, home_of_all)
    role = _roles(rng, setting)
    created_at = _creation_times(rng, params, setting, home_of_all)
    active_from, active_until = active_times(rng, params, created_at)
    payment_rate = rng.gamma(1.1, 1.4, count) * np.where(role == Role.BUYER, 1.0, 0.6)
    return People(market, role, setting, home, created_at, active_from, active_until, payment_rate)


def active_times(rng: np.random.Generator, params: SimulationParams, created_at: Ints) -> tuple[Ints, Ints]:
    """When each account is active inside the window: new ones from sign-up, old ones from any time, many for
    days only.
    """
    count = len(created_at)
    return_at = (rng.random(count) * params.window * 0.9).astype(np.int64)
    active_from = np.where(created_at >= 0, created_at, return_at)
    brief = rng.exponential(2.5 * DAY, count)
    long = rng.random(count) * (params.window - active_from)
    active_for = np.where(chance(rng, count, 0.4), brief, long) + 600
    return active_from, np.minimum(active_from + active_for.astype(np.int64), params.window - 1)


def _settle(rng: np.random.Generator, count: int) -> tuple[Ints, Ints, Ints]:
    """setting, home within the setting, and home numbered over all settings (contiguous, ascending)."""
    dorm_count, agency_count = round(count * DORM_SHARE), round(count * AGENCY_SHARE)
    home_count = count - dorm_count - agency_count
    sizes = rng.choice(np.arange(1, len(HOME_SIZE_SHARES) + 1), size=home_count, p=HOME_SIZE_SHARES)
    at_home = np.searchsorted(np.cumsum(sizes), np.arange(home_count), side="right").astype(np.int64)
    in_dorm, in_agency = chop(rng, dorm_count, DORM_SIZES), chop(rng, agency_count, AGENCY_SIZES)
    setting = np.repeat([Setting.HOME, Setting.DORM, Setting.AGENCY], [home_count, dorm_count, agency_count])
    first_dorm = int(at_home[-1]) + 1
    first_agency = first_dorm + (int(in_dorm[-1]) + 1 if dorm_count else 0)
    home = np.concatenate([at_home, in_dorm, in_agency])
    everywhere = np.concatenate([at_home, in_dorm + first_dorm, in_agency + first_agency])
    return setting.astype(np.int64), home, everywhere


def _markets_of_homes(rng: np.random.Generator, home_of_all: Ints) -> Ints:
    shares = np.array([market.share for market in MARKETS])
    of_home = rng.choice(len(MARKETS), size=int(home_of_all[-1]) + 1, p=shares / shares.sum())
    return of_home[home_of_all].astype(np.int64)


def _roles(rng: np.random.Generator, setting: Ints) -> Ints:
    count = len(setting)
    usual = rng.choice([Role.BUYER, Role.SELLER, Role.CREATOR], size=count, p=[0.86, 0.09, 0.05])
    managed = np.where(chance(rng, count, 0.75), Role.CREATOR, Role.SELLER)
    return np.where(setting == Setting.AGENCY, managed, usual).astype(np.int64)


def _creation_times(
    rng: np.random.Generator, params: SimulationParams, setting: Ints, home_of_all: Ints
) -> Ints:
    """Old accounts, a steady stream of new ones, flash sales, and people who come together: families, terms,
    agencies.
    """
    count = len(setting)
    old = -(rng.random(count) * OLDEST_DAYS * DAY).astype(np.int64) - 1
    new = (rng.random(count) * (params.window - DAY)).astype(np.int64)
    sale_count = max(2, params.day_count // 12)
    sale_starts = rng.random(sale_count) * (params.window - DAY)
    in_sale = (sale_starts[rng.integers(sale_count, size=count)] + rng.exponential(2 * 3600, count)).astype(
        np.int64
    )
    new = np.where(chance(rng, count, FLASH_SALE_SHARE), fold_back(in_sale, params.window - 3600), new)
    alone = np.where(chance(rng, count, OLD_SHARE), old, new)

    first_of_home = np.searchsorted(home_of_all, home_of_all, side="left")
    together_share = np.choose(setting, [0.2, 0.5, 0.65])
    apart_days = np.choose(setting, [0.5, 6.0, 2.0])
    later = (rng.exponential(1.0, count) * apart_days * DAY).astype(np.int64)
    together = fold_back(alone[first_of_home] + later, params.window - 3600)
    return np.where(rng.random(count) < together_share, together, alone)
