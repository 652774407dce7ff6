"""What each purpose gets, and that a policy can say otherwise but not nonsense."""

from __future__ import annotations

import pytest

from graphrisk.enforce.purposes import PURPOSES, ExportPurpose, find_purpose
from graphrisk.errors import ConfigError
from graphrisk.model.enforcement import ACTION


def test_only_execution_may_have_account_ids_and_it_has_all_columns() -> None:
    assert [purpose.name for purpose in PURPOSES if purpose.identified] == ["execution"]
    assert find_purpose("execution", ()).columns == tuple(ACTION.names)


def test_analytics_has_no_text_and_no_single_action() -> None:
    assert not {"reason", "action_id", "plan_id", "subject"} & set(find_purpose("analytics", ()).columns)


def test_audit_has_the_names_of_the_ledger_and_no_account() -> None:
    columns = find_purpose("audit", ()).columns
    assert "subject" in columns
    assert "account_id" not in columns


def test_a_policy_adds_purposes_and_goes_before_ours() -> None:
    told = (ExportPurpose("analytics", ("tier",)), ExportPurpose("vendor-x", ("account_id",)))
    assert find_purpose("analytics", told).columns == ("tier",)
    assert find_purpose("vendor-x", told).columns == ("account_id",)
    with pytest.raises(ConfigError, match="unknown purpose"):
        find_purpose("vendor-y", told)
    with pytest.raises(ConfigError, match="a purpose is"):
        find_purpose("ledger", told)


@pytest.mark.parametrize("columns", [(), ("tier", "tier"), ("email",), ("account_id", "subject")])
def test_columns_that_make_no_sense_are_refused(columns: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"columns are|not both"):
        ExportPurpose("vendor-x", columns)
