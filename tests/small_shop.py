"""The mapping of a small shop, in parts: whoever writes some of its tables takes those that they need.

Columns are called as the mapping calls what they mean; but an account is `id`, a use or a report is `at`.
"""

from __future__ import annotations

MAP_ACCOUNTS = """
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
created_at = "created_at"
"""
MAP_DEVICES = """
[tables.seen]
files = ["seen.csv"]
[[tables.seen.link]]
kind = "device"
account = "id"
identifier = "device"
seen_at = "at"
unknown_account = "skip"
"""
MAP_IPS = """
[[tables.seen.link]]
kind = "ip"
account = "id"
identifier = "ip"
seen_at = "at"
"""
MAP_PAYMENTS = """
[tables.payments]
files = ["payments*.csv"]
[tables.payments.payment]
id = "id"
payer = "payer"
payee = "payee"
amount = "amount"
currency = "currency"
status = "status"
paid_at = "paid_at"
"""
MAP_LABELS = """
[tables.labels]
files = ["labels.csv"]
[tables.labels.label]
account = "id"
verdict = "label"
reported_at = "at"
"""
