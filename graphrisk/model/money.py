"""Amounts are integers in minor units; how many decimals those have is the currency's (ISO 4217)."""

from __future__ import annotations

NO_DECIMALS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
    "XAF", "XOF", "XPF",
))  # fmt: skip
THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def decimals_of(currency: str | None) -> int:
    """Two where the currency is not known."""
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def amount_words(amount_minor: int, currency: str | None) -> str:
    """'1,234.50 EUR'; exact for any size."""
    decimals = decimals_of(currency)
    whole, part = divmod(abs(amount_minor), 10**decimals)
    text = f"{'-' if amount_minor < 0 else ''}{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")
    return f"{text} {currency}" if currency else text
