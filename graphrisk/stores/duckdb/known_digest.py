"""A name for all that a run reads."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself
from numpy.typing import NDArray

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.public_links import PublicLinks
from graphrisk.model.known import KnownAccounts
from graphrisk.stores.duckdb.arrays import one_chunk


def digest_input(links: SharedLinks, accounts: KnownAccounts) -> str:
    """SHA-256 of all that a run reads, in canonical order: equal content gives an equal digest, whatever
    the files were."""
    digest = hashlib.sha256()
    texts = (
        links.account_ids,
        links.identifiers["kind"].combine_chunks(),
        links.identifiers["identifier"].combine_chunks(),
        accounts.trade.outsider_ids,
        *_public_texts(links.public),
    )
    for text in texts:
        for part in pa.compute.binary_length(one_chunk(text).cast(pa.binary())), text:
            digest.update(bytes_of(part))
    for numbers in (
        links.account, links.identifier, links.holder_count, links.private_count, links.first_seen_at,
        links.last_seen_at, links.event_count, accounts.created_at,
        accounts.verdict, accounts.payment_count, accounts.loss_count,
        accounts.turnover.account, accounts.turnover.currency, accounts.turnover.payment_count,
        accounts.turnover.amount_minor,
        accounts.trade.payer, accounts.trade.payee, accounts.trade.paid_at, accounts.trade.amount_minor,
        accounts.trade.currency, accounts.trade.is_loss, accounts.trade.is_chargeback,
        accounts.measures, accounts.traits, *_public_numbers(links.public),
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(numbers).tobytes())
    words = (
        accounts.turnover.currencies, accounts.trade.currencies, accounts.measure_names, accounts.trait_names,
        accounts.trait_words,
    )  # fmt: skip
    digest.update(repr(words).encode())
    return digest.hexdigest()


def _public_texts(public: PublicLinks | None) -> tuple[pa.Array, ...]:
    if public is None:
        return ()
    kind, identifier = (one_chunk(public.identifiers[name]) for name in ("kind", "identifier"))
    return public.outsider_ids, kind, identifier


def _public_numbers(public: PublicLinks | None) -> tuple[NDArray[np.int32], ...]:
    return () if public is None else (public.holder, public.identifier, public.holder_count)


def bytes_of(array: pa.Array) -> bytes:
    """The values alone, without the offsets and the padding of their buffers."""
    one = one_chunk(array)
    if pa.types.is_string(one.type):
        values = one.cast(pa.large_binary())
        offsets = np.frombuffer(values.buffers()[1], dtype=np.int64)
        first, last = int(offsets[values.offset]), int(offsets[values.offset + len(values)])
        data = values.buffers()[2]
        return b"" if data is None else data.slice(first, last - first).to_pybytes()
    return np.asarray(one, dtype=np.int64).tobytes()
