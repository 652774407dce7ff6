from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from receiver import SECRET

from graphrisk.errors import ConfigError
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.webhook_secrets import VARIABLE, read_webhook_secrets

OTHER = "whsec_" + "b3RoZXIgc2VjcmV0IG9mIHRlc3RzIG9ubHkh"


def write(keys: Path, name: str, text: str, mode: int = 0o600) -> None:
    place = keys / name
    place.write_text(text, encoding="utf-8")
    place.chmod(mode)


def signatures(keys: Path, receiver: str = "shop", environment: dict[str, str] | None = None) -> list[str]:

    webhooks = read_webhook_secrets(KeyFolder(keys), receiver, environment or {})
    return [each.sign("id", datetime(2026, 3, 1, tzinfo=UTC), "body") for each in webhooks]


def test_the_environment_goes_before_the_receivers_own_before_that_of_all(tmp_path: Path) -> None:
    write(tmp_path, "webhook.secret", SECRET)
    of_all = signatures(tmp_path)
    write(tmp_path, "webhook.shop.secret", OTHER)
    own = signatures(tmp_path)
    assert signatures(tmp_path, "bank") == of_all
    assert own != of_all
    assert signatures(tmp_path, environment={VARIABLE: SECRET}) == of_all


def test_while_a_secret_changes_there_is_a_signature_by_each(tmp_path: Path) -> None:
    write(tmp_path, "webhook.secret", f"{SECRET}\n{OTHER}\n")
    both = signatures(tmp_path)
    write(tmp_path, "webhook.secret", OTHER)
    assert len(both) == 2
    assert both[1:] == signatures(tmp_path)


def test_keys_that_init_makes_can_be_used(tmp_path: Path) -> None:
    keys, _ = KeyFolder.create(tmp_path / "keys")
    assert len(signatures(keys.folder)) == 1


@pytest.mark.parametrize(
    "text", ["", "secret", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "whsec_" + "A" * 100, f"{SECRET} what"]
)
def test_what_is_no_secret_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    write(tmp_path, "webhook.secret", text)
    with pytest.raises(ConfigError) as caught:
        signatures(tmp_path)
    assert not any(word in str(caught.value) for word in text.split() if len(word) > 6)
    if text:
        with pytest.raises(ConfigError, match=VARIABLE):
            signatures(tmp_path, environment={VARIABLE: text})


@pytest.mark.parametrize("name", ["webhook.secret", "webhook.shop.secret"])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, "webhook.secret", SECRET)
    write(tmp_path, name, SECRET, 0o640)
    with pytest.raises(ConfigError, match="others"):
        signatures(tmp_path)
