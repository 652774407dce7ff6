"""Names of tables and columns that are understood without a question: the default layout, and words that
others use."""

from __future__ import annotations

from enum import StrEnum

from graphrisk.model.mapping import (
    AccountMapping,
    LabelMapping,
    LinkMapping,
    PaymentMapping,
    TableFormat,
    TableMapping,
)


def _seen(kind: str, account: str, column: str, seen_at: str, *, by_alias: bool = False) -> LinkMapping:
    return LinkMapping(kind, account, (column,), seen_at=seen_at, by_alias=by_alias)


# The format is that of the files; columns that a file does not have are left out of the mapping.
DEFAULT_LAYOUT: tuple[TableMapping, ...] = (
    TableMapping(
        "accounts",
        TableFormat.CSV,
        account=AccountMapping("account_id", "role", "created_at", "market", "display_name"),
        links=(
            _seen("email", "account_id", "email", "created_at"),
            _seen("phone", "account_id", "phone", "created_at"),
        ),
    ),
    TableMapping(
        "sessions",
        TableFormat.CSV,
        links=(
            _seen("device", "account_id", "device_id", "seen_at"),
            _seen("ip", "account_id", "ip", "seen_at"),
        ),
    ),
    TableMapping(
        "addresses",
        TableFormat.CSV,
        links=(LinkMapping("address", "account_id", ("line", "city", "postcode"), "address_id", "used_at"),),
    ),
    TableMapping(
        "instruments",
        TableFormat.CSV,
        links=(_seen("instrument", "account_id", "instrument_id", "added_at"),),
    ),
    TableMapping(
        "payments",
        TableFormat.CSV,
        payment=PaymentMapping(
            "payment_id",
            "payer_id",
            "payee_id",
            "amount",
            currency="currency",
            status="status",
            category="category",
            paid_at="paid_at",
        ),
        links=(
            _seen("instrument", "payer_id", "instrument_id", "paid_at"),
            _seen("address", "payer_id", "address_id", "paid_at", by_alias=True),
            _seen("device", "payer_id", "device_id", "paid_at"),
            _seen("ip", "payer_id", "ip", "paid_at"),
        ),
    ),
    TableMapping("labels", TableFormat.CSV, label=LabelMapping("account_id", "label", "reported_at")),
)


class Meaning(StrEnum):
    """What a column may mean. Those named like a kind of identifier are one."""

    ACCOUNT = "account"
    PAYER = "payer"
    PAYEE = "payee"
    PAYMENT_ID = "payment_id"
    AMOUNT = "amount"
    CURRENCY = "currency"
    STATUS = "status"
    CATEGORY = "category"
    ROLE = "role"
    MARKET = "market"
    DISPLAY_NAME = "display_name"
    LABEL = "label"
    CREATED_AT = "created_at"
    PAID_AT = "paid_at"
    REPORTED_AT = "reported_at"
    SEEN_AT = "seen_at"
    DEVICE = "device"
    IP = "ip"
    EMAIL = "email"
    PHONE = "phone"
    INSTRUMENT = "instrument"
    ADDRESS = "address"
    CITY = "city"
    POSTCODE = "postcode"


# Headers in lower case with underscores. The first meaning that lists a header has it.
HEADER_WORDS: tuple[tuple[Meaning, tuple[str, ...]], ...] = tuple(
    (meaning, tuple(words.split()))
    for meaning, words in (
        (
            Meaning.ACCOUNT,
            (
                "account_id user_id customer_id member_id client_id uid userid accountid "
                "customerid account user customer member wallet username creator_id account_no"
            ),
        ),
        (Meaning.PAYER, "payer_id payer buyer_id buyer sender_id sender source from from_id nameorig"),
        (
            Meaning.PAYEE,
            (
                "payee_id payee seller_id seller merchant_id merchant recipient_id recipient "
                "receiver target to to_id namedest vendor_id beneficiary"
            ),
        ),
        (
            Meaning.PAYMENT_ID,
            (
                "payment_id transaction_id tx_id txn_id order_id purchase_id transactionid "
                "orderid paymentid trans_id trans_num charge_id invoice_id"
            ),
        ),
        (
            Meaning.AMOUNT,
            (
                "amount purchase_value transaction_amount order_amount amt total value price "
                "transactionamt gross_amount orderamount transactionamount"
            ),
        ),
        (Meaning.CURRENCY, "currency currency_code ccy"),
        (Meaning.STATUS, "status payment_status order_status state order_state"),
        (Meaning.CATEGORY, "category product_category type product item_category"),
        (Meaning.ROLE, "role account_type user_type"),
        (Meaning.MARKET, "market country country_code marketplace"),
        (Meaning.DISPLAY_NAME, "display_name name full_name nickname shop_name"),
        (
            Meaning.LABEL,
            (
                "label labels class is_fraud fraud fraudulent isfraud fraud_label verdict "
                "event_label is_fraudster fraud_flag fraud_bool is_bad chargeback"
            ),
        ),
        (
            Meaning.CREATED_AT,
            (
                "created_at signup_time signup_at registered_at registration_date created "
                "created_on signup_date registration_time joined_at first_seen_ts created_time"
            ),
        ),
        (
            Meaning.PAID_AT,
            (
                "paid_at purchase_time payment_time transaction_time order_time purchased_at "
                "transaction_date order_date payment_date transaction_dt trans_date_trans_time"
            ),
        ),
        (
            Meaning.REPORTED_AT,
            (
                "reported_at label_timestamp labelled_at labeled_at decided_at chargeback_at "
                "reviewed_at report_date"
            ),
        ),
        (
            Meaning.SEEN_AT,
            (
                "seen_at used_at added_at timestamp ts time datetime date event_time "
                "event_timestamp login_time last_seen logged_at loggedat session_start "
                "created_utc"
            ),
        ),
        (
            Meaning.DEVICE,
            (
                "device_id device device_fingerprint fingerprint deviceid device_hash visitor_id "
                "advertising_id idfa gaid device_token"
            ),
        ),
        (Meaning.IP, "ip ip_address ip_addr client_ip remote_addr ipaddress login_ip"),
        (Meaning.EMAIL, "email email_address e_mail mail emailaddress contact_email"),
        (Meaning.PHONE, "phone phone_number mobile telephone msisdn phonenumber mobile_number"),
        (
            Meaning.INSTRUMENT,
            (
                "instrument_id card_id card card_hash card_number card_fingerprint iban "
                "payment_method_id paymentmethodid bank_account cc_num payment_instrument"
            ),
        ),
        (
            Meaning.ADDRESS,
            (
                "line address street shipping_address billing_address address_line address_line_1 "
                "address1 street_address delivery_address"
            ),
        ),
        (Meaning.CITY, "city town shipping_city billing_city"),
        (Meaning.POSTCODE, "postcode zip zip_code postal_code zipcode shipping_zip billing_zip"),
    )
)

IDENTIFIER_MEANINGS = (
    Meaning.DEVICE,
    Meaning.IP,
    Meaning.EMAIL,
    Meaning.PHONE,
    Meaning.INSTRUMENT,
    Meaning.ADDRESS,
)
TIME_MEANINGS = (Meaning.CREATED_AT, Meaning.PAID_AT, Meaning.REPORTED_AT, Meaning.SEEN_AT)
