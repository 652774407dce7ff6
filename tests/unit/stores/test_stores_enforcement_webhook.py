from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from receiver import HOSTILE, SECRET, Behaviour, Mode, Receiver
from standardwebhooks import Webhook

from graphrisk.enforce.answers import NO_ANSWER, NO_CONNECTION, NO_TIME, Outcome, Verdict
from graphrisk.enforce.messages import Message
from graphrisk.enforce.receivers import Receiver as ReceiverRule
from graphrisk.stores.enforcement.webhook import Patience, WebhookSender

MESSAGE = Message("MSG-ABC-1-100", json.dumps({"actions": []}))
AT_ONCE = Patience(0.001, 0.001, 0.3)
OTHER_SECRET = "whsec_" + "b3RoZXIgc2VjcmV0IG9mIHRlc3RzIG9ubHkh"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def send(
    receiver: Receiver, message: Message = MESSAGE, *, tries: int = 3, timeout: float = 10.0, **more: object
) -> Outcome:
    rule = ReceiverRule("shop", receiver.url, try_count=tries, timeout_seconds=timeout)
    with WebhookSender(rule, (Webhook(SECRET),), AT_ONCE) as sender:
        return sender.send(message, lambda: None)


def test_a_message_arrives_signed_under_its_id(receiver: Receiver) -> None:
    assert send(receiver) == Outcome(Verdict.TAKEN, 200, 1, "")
    assert receiver.kept == {MESSAGE.message_id: MESSAGE.body}
    assert receiver.wrong == []
    assert receiver.headers[0]["content-type"] == "application/json"


def test_a_receiver_that_knows_one_of_two_secrets_can_check_the_signature(receiver: Receiver) -> None:
    rule = ReceiverRule("shop", receiver.url)
    with WebhookSender(rule, (Webhook(OTHER_SECRET), Webhook(SECRET)), AT_ONCE) as sender:
        sender.send(MESSAGE, lambda: None)
    assert receiver.wrong == []


def test_a_signature_by_another_secret_is_seen(receiver: Receiver) -> None:
    with WebhookSender(ReceiverRule("shop", receiver.url), (Webhook(OTHER_SECRET),), AT_ONCE) as sender:
        sender.send(MESSAGE, lambda: None)
    assert receiver.wrong == ["No matching signature found"]


@pytest.mark.parametrize("mode", [Mode.TAKE, Mode.HALF, Mode.HUGE, Mode.TWICE, Mode.CONFLICT])
def test_what_says_that_it_is_taken_is_not_sent_again(receiver: Receiver, mode: Mode) -> None:
    receiver.behave([mode])
    assert send(receiver).verdict is Verdict.TAKEN
    assert receiver.requests == [MESSAGE.message_id]


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        (Mode.FAIL, "answered 503"),
        (Mode.LATER, "answered 429"),
        (Mode.HANG, NO_TIME),
        (Mode.DRIP, NO_TIME),
        (Mode.GARBAGE, NO_ANSWER),
        (Mode.RESET, NO_CONNECTION),
    ],
)
def test_what_may_pass_is_tried_again_and_given_up_after_the_last_try(
    receiver: Receiver, mode: Mode, why: str
) -> None:
    timeout = 1.0 if why == NO_TIME else 10.0
    receiver.behave([mode] * 2)
    assert send(receiver, timeout=timeout) == Outcome(Verdict.TAKEN, 200, 3, "")
    receiver.behave([mode] * 3)
    given_up = send(receiver, timeout=timeout)
    assert (given_up.verdict, given_up.tries, given_up.why) == (Verdict.AGAIN, 3, why)


@pytest.mark.parametrize(
    ("mode", "verdict", "status"),
    [
        (Mode.REFUSE, Verdict.REFUSED, 400),
        (Mode.REDIRECT, Verdict.REFUSED, 302),
        (Mode.GONE, Verdict.GONE, 410),
    ],
)
def test_what_would_be_refused_again_is_sent_once(
    receiver: Receiver, mode: Mode, verdict: Verdict, status: int
) -> None:
    receiver.behave([mode])
    outcome = send(receiver)
    assert (outcome.verdict, outcome.status, outcome.tries) == (verdict, status, 1)
    assert receiver.requests == [MESSAGE.message_id]
    assert receiver.wrong == []


def test_a_conflict_with_another_message_is_refused(receiver: Receiver) -> None:
    receiver.behave([Behaviour(Mode.REFUSE, status=409)])
    assert send(receiver).verdict is Verdict.REFUSED


def test_nobody_there_is_tried_again(receiver: Receiver) -> None:
    with Receiver() as gone:
        pass
    outcome = send(gone)
    assert (outcome.verdict, outcome.tries, outcome.why) == (Verdict.AGAIN, 3, NO_CONNECTION)


def test_a_second_answer_to_one_message_is_not_taken_for_the_answer_to_the_next(receiver: Receiver) -> None:
    receiver.behave([Mode.TWICE, Mode.REFUSE])
    rule = ReceiverRule("shop", receiver.url)
    with WebhookSender(rule, (Webhook(SECRET),), AT_ONCE) as sender:
        assert sender.send(MESSAGE, lambda: None).verdict is Verdict.TAKEN
        assert sender.send(Message("MSG-ABC-2-100", "{}"), lambda: None).verdict is Verdict.REFUSED


def test_each_try_ends_in_time_however_slowly_the_answer_comes(receiver: Receiver) -> None:
    receiver.behave([Mode.DRIP])
    began = time.monotonic()
    send(receiver, tries=1, timeout=0.3)
    assert time.monotonic() - began < 3


def test_retry_after_is_waited_for_but_not_for_ever(receiver: Receiver) -> None:
    receiver.behave([Behaviour(Mode.LATER, retry_after="86400")])
    began = time.monotonic()
    assert send(receiver).verdict is Verdict.TAKEN
    assert 0.3 <= time.monotonic() - began < 5  # the most that AT_ONCE lets a receiver ask for


def test_whoever_is_asked_between_tries_can_stop_the_sending(receiver: Receiver) -> None:
    receiver.behave([Mode.FAIL] * 9)

    def stop() -> None:
        raise InterruptedError

    rule = ReceiverRule("shop", receiver.url, try_count=9)
    with WebhookSender(rule, (Webhook(SECRET),), AT_ONCE) as sender, pytest.raises(InterruptedError):
        sender.send(MESSAGE, stop)
    assert len(receiver.requests) == 1


def test_cookies_of_a_receiver_are_not_sent_back(receiver: Receiver) -> None:
    receiver.behave([Mode.FAIL, Mode.FAIL])
    send(receiver)
    assert len(receiver.headers) == 3
    assert not any("cookie" in headers for headers in receiver.headers)


def test_neither_what_a_receiver_writes_nor_its_address_reaches_a_log(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for mode in Mode:
            receiver.behave([mode])
            outcome = send(receiver, tries=1, timeout=1)
            assert outcome.why.isascii()
            assert "evil" not in outcome.why
    assert not [text for text in ("evil", HOSTILE, "do-not-tell", "owned") if text in caplog.text]


def test_logs_of_other_requests_of_the_process_stay_as_they_were(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    rule = ReceiverRule("shop", receiver.url)
    with caplog.at_level(logging.DEBUG), WebhookSender(rule, (Webhook(SECRET),), AT_ONCE) as sender:
        sender.send(MESSAGE, lambda: None)
        assert "httpcore" not in caplog.text
        logging.getLogger("httpcore.connection").debug("of somebody else")
    assert "of somebody else" in caplog.text


def test_https_is_taken_from_those_that_the_system_trusts_and_from_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "receiver.pem")
    with Receiver(certificate=certificate) as receiver:
        outcome = send(receiver, timeout=5)
        assert (outcome.verdict, outcome.why) == (Verdict.AGAIN, NO_CONNECTION)
        assert receiver.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # read by OpenSSL
        assert send(receiver, timeout=5).verdict is Verdict.TAKEN
        assert receiver.wrong == []


def make_certificate(place: Path) -> Path:
    """Of 127.0.0.1, signed by itself, with its key."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return place
