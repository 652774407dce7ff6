"""Sends messages to a receiver as signed webhooks (Standard Webhooks: webhook-id, -timestamp, -signature).

A receiver is somebody else's program: it may be slow on purpose, answer with garbage or never end. So each
try has a time that it must end by, and a connection of its own, lest what comes after one answer be taken for
the next; of an answer no more is read than can matter; redirects and cookies are not followed; neither its
headers nor its text reach a log. What its status means: enforce.answers.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx
from standardwebhooks import Webhook
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from graphrisk.enforce.answers import (
    NO_ANSWER,
    NO_CONNECTION,
    NO_TIME,
    Outcome,
    Verdict,
    judge_answer,
    read_retry_after,
)
from graphrisk.enforce.messages import Message
from graphrisk.enforce.receivers import Receiver

READ_BYTES = 16_384  # of an answer; what is longer is cut off with its connection
LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")

_SENDING: ContextVar[bool] = ContextVar("_SENDING", default=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """Between tries: at random up to first_wait_seconds, up to twice that, and so on, up to
    longest_wait_seconds; but as long as the receiver asks for with Retry-After, up to
    longest_asked_seconds."""

    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    longest_asked_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class _Try:
    """asked_seconds: what Retry-After says."""

    verdict: Verdict
    status: int
    why: str
    asked_seconds: float | None = None


class WebhookSender:
    """Fits flows.enforcement.deliver.MessageSender, inside of `with`."""

    def __init__(
        self, receiver: Receiver, webhooks: tuple[Webhook, ...], patience: Patience = Patience()
    ) -> None:
        """webhooks: one for each secret that the receiver may know; it gets a signature by each."""
        self._receiver = receiver
        self._webhooks = webhooks
        self._patience = patience
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            verify=_authorities(receiver),
            timeout=receiver.timeout_seconds,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,  # no proxy, and no password of ~/.netrc, that the policy does not know of
            headers={
                "user-agent": f"graphrisk/{version('graphrisk')}",
                "accept-encoding": "identity",
                "connection": "close",
            },
        )

    def __enter__(self) -> Self:
        for name in LOGGERS:
            logging.getLogger(name).addFilter(_is_not_ours)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._runner:
            self._runner.run(self._client.aclose())
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(_is_not_ours)

    def send(self, message: Message, between_tries: Callable[[], None]) -> Outcome:
        """Tries until the message is taken, refused, or try_count is used up. between_tries: called before
        and after each wait; what it raises ends the sending."""

        def after_wait(state: RetryCallState) -> None:
            if state.attempt_number > 1:
                between_tries()

        tries = Retrying(
            stop=stop_after_attempt(self._receiver.try_count),
            wait=self._wait_seconds,
            retry=retry_if_result(_may_help),
            retry_error_callback=_last,
            before=after_wait,
            before_sleep=lambda _: between_tries(),
        )
        done = tries(self._try_once, message)
        return Outcome(done.verdict, done.status, int(tries.statistics["attempt_number"]), done.why)

    def _wait_seconds(self, state: RetryCallState) -> float:
        patience = self._patience
        jitter = wait_random_exponential(
            multiplier=patience.first_wait_seconds, max=patience.longest_wait_seconds
        )
        asked = _last(state).asked_seconds or 0.0
        return max(jitter(state), min(asked, patience.longest_asked_seconds))

    def _try_once(self, message: Message) -> _Try:
        return self._runner.run(self._post(message))

    async def _post(self, message: Message) -> _Try:
        _SENDING.set(True)  # of this task alone
        answer = _Answer()
        why = NO_TIME
        try:
            async with asyncio.timeout(self._receiver.timeout_seconds):
                await self._exchange(message, answer)
        except (httpx.TimeoutException, TimeoutError):
            why = NO_TIME
        except (httpx.ConnectError, httpx.ReadError, httpx.WriteError):
            why = NO_CONNECTION
        except httpx.TransportError:
            why = NO_ANSWER
        finally:
            self._client.cookies.clear()
        if answer.status == 0:
            return _Try(Verdict.AGAIN, 0, why)
        # Whoever sent a status has said what matters, even if the rest of the answer never came
        verdict, why = judge_answer(answer.status, answer.text(), message.message_id)
        return _Try(verdict, answer.status, why, read_retry_after(answer.retry_after, datetime.now(UTC)))

    async def _exchange(self, message: Message, answer: _Answer) -> None:
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "idempotency-key": message.message_id,
            "webhook-id": message.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                each.sign(message.message_id, now, message.body) for each in self._webhooks
            ),
        }
        body = message.body.encode()
        async with self._client.stream("POST", self._receiver.url, content=body, headers=headers) as response:
            answer.status = response.status_code
            answer.retry_after = response.headers.get("retry-after")
            async for piece in response.aiter_raw():
                answer.begins += piece
                if len(answer.begins) >= READ_BYTES:
                    return


@dataclass(slots=True)
class _Answer:
    """Fills as it comes in. status: 0 until the headers are there."""

    status: int = 0
    retry_after: str | None = None
    begins: bytes = b""

    def text(self) -> str:
        return self.begins[:READ_BYTES].decode("utf-8", errors="replace")


def _authorities(receiver: Receiver) -> ssl.SSLContext:
    """The system's, a company's own among them. Reading them takes a tenth of a second, which http is
    spared: it is for this machine only."""
    if receiver.url.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # knows nobody, so trusts nobody
    return ssl.create_default_context()


def _may_help(done: _Try) -> bool:
    return done.verdict is Verdict.AGAIN


def _last(state: RetryCallState) -> _Try:
    done = state.outcome.result() if state.outcome is not None else None
    if not isinstance(done, _Try):
        raise TypeError("asked before the first try")
    return done


def _is_not_ours(record: logging.LogRecord) -> bool:
    """Keeps what a receiver wrote, and its address, out of logs, whatever their level."""
    del record
    return not _SENDING.get()
