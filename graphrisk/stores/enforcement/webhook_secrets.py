"""The secrets that sign webhooks: of the environment, of the receiver, or of all receivers.

KEYS/webhook.NAME.secret, where it is there, is for the receiver of that name alone; KEYS/webhook.secret is
for all others. One secret a line, `whsec_` and Base64 of 24 to 64 bytes: while a secret is being changed
there are two, and a message carries a signature by each.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from standardwebhooks import Webhook

from graphrisk.errors import ConfigError
from graphrisk.stores.enforcement.keys import WEBHOOK_SECRET, KeyFolder

VARIABLE = "GRAPHRISK_WEBHOOK_SECRET"
PREFIX = "whsec_"
MIN_BYTES, MAX_BYTES = 24, 64  # as Standard Webhooks asks for


def read_webhook_secrets(
    keys: KeyFolder, receiver: str, environment: Mapping[str, str]
) -> tuple[Webhook, ...]:
    """receiver: a checked name. Raises ConfigError where there is none, where one cannot be used, or where
    others could read its file."""
    if environment.get(VARIABLE):
        return _webhooks(environment[VARIABLE], VARIABLE)
    own = f"webhook.{receiver}.secret"
    name = own if keys.has(own) else WEBHOOK_SECRET
    return _webhooks(keys.webhook_secret(name), str(keys.folder / name))


def _webhooks(text: str, where: str) -> tuple[Webhook, ...]:
    found = tuple(Webhook(_bytes(line, where)) for line in text.split())
    if not found:
        raise ConfigError("no webhook secret", where=where, remedy=f"{PREFIX} and Base64, one a line")
    return found


def _bytes(line: str, where: str) -> bytes:
    """The line is never shown."""
    try:
        secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError(
            "a webhook secret that is no Base64", where=where, remedy=f"{PREFIX} and Base64"
        ) from error
    if not MIN_BYTES <= len(secret) <= MAX_BYTES:
        raise ConfigError(
            f"a webhook secret of {len(secret)} bytes",
            where=where,
            remedy=f"{MIN_BYTES} to {MAX_BYTES} bytes",
        )
    return secret
