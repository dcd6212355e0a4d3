"""Letters: every kind in both languages, facts in the reader's words, no fact ever fatal."""

import ast
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.shop import Shop
from app.letters.chinese import CHINESE
from app.letters.compose import NoWords, compose_letter, language_of
from app.letters.english import ENGLISH
from app.letters.wording import ALWAYS, FACTS, Each, words_for

SHOP = Shop(name="Bean Street", base_url="https://beans.example")
ITEMS = {
    "names": {"added"},
    "dates": {"item"},
    "substitutions": {"units", "got", "wanted"},
    "numbers": {"carrier", "number"},
    "violations": {"rule", "what"},
}
KINDS = [(language, kind) for language in (ENGLISH, CHINESE) for kind in FACTS]
FORMS = {None, "", "money", "date", "moment", "name", "reason", "link", "count"}
PLAN = {"en": "Monthly trio", "zh-CN": "每月三款"}


def blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def forms(words: str) -> set[str | None]:
    return {form for _, _, form, _ in string.Formatter().parse(words)}


def test_both_languages_have_words_for_every_kind_and_no_other():
    assert set(ENGLISH.letters) == set(CHINESE.letters) == set(FACTS)
    assert set(ENGLISH.reasons) == set(CHINESE.reasons)


@pytest.mark.parametrize(("language", "kind"), KINDS, ids=lambda each: getattr(each, "tag", each))
def test_a_letter_uses_only_facts_that_its_kind_knows(language, kind):
    known = FACTS[kind] | ALWAYS
    template = language.letters[kind]
    for part in (*template.subjects, *template.body, *language.greetings, *language.closing):
        words = part.line if isinstance(part, Each) else part
        allowed = known | ITEMS[part.facts] if isinstance(part, Each) else known
        assert blanks(words) <= allowed and forms(words) <= FORMS
        if isinstance(part, Each):
            assert part.facts in known and blanks(part.heading) == set()


@pytest.mark.parametrize("kind", FACTS)
def test_both_languages_tell_the_same_facts(kind):
    def told(language):
        return {
            name
            for part in language.letters[kind].body
            for name in (
                blanks(part.line) | {part.facts} if isinstance(part, Each) else blanks(part)
            )
        }

    assert told(ENGLISH) == told(CHINESE)


@pytest.mark.parametrize(("language", "kind"), KINDS, ids=lambda each: getattr(each, "tag", each))
def test_a_letter_without_any_fact_still_has_a_subject_and_no_hole(language, kind):
    subject, body = compose_letter(kind, language.locale, {}, SHOP)
    assert subject and body.endswith("Bean Street\n")
    assert not set("{}") & set(subject + body) and "None" not in body


# How long drawing takes says how busy the machine is, not whether the letters are right.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(FACTS)),
    st.dictionaries(
        st.sampled_from(sorted({*set().union(*FACTS.values()), "currency", "person_name", "odd"})),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=4,
        ),
    ),
    st.sampled_from(["en", "zh-CN", "fr", ""]),
)
def test_no_fact_however_odd_stops_a_letter(kind, facts, locale):
    subject, _ = compose_letter(kind, locale, facts, SHOP)
    assert subject and "\n" not in subject and "\r" not in subject


def test_a_payment_letter_in_english():
    facts = {
        "person_name": "Ada",
        "plan": PLAN,
        "amount_cents": 123456,
        "currency": "USD",
        "card_last4": "4242",
        "reason": "insufficient_funds",
        "next_try_at": "2027-03-02T14:00:00+00:00",
        "pay_path": "/pay/token",
        "nobody_asked": 1,
    }
    subject, body = compose_letter("payment_failed", "en", facts, SHOP)
    assert subject == "We could not charge your card"
    assert body == (
        "Hello Ada,\n\n"
        "The payment for your next box did not work.\n"
        "Plan: Monthly trio\n"
        "Amount: $1,234.56\n"
        "Card ending in 4242\n"
        "Reason: there was not enough money on the card\n"
        "We will try again on Tue 2 Mar 2027, 09:00 EST.\n\n"
        "To pay right now: https://beans.example/pay/token\n"
        "To change your card: https://beans.example/invoices/\n\n"
        "Bean Street\n"
    )


def test_a_letter_about_a_substitution_in_chinese():
    facts = {
        "person_name": "李",
        "plan": PLAN,
        "ships_on": "2027-03-03",
        "substitutions": [{"units": 2, "got": "Kenya", "wanted": {"zh-CN": "耶加雪菲"}}],
        "credit_cents": 0,
        "missing": 0,
        "currency": "CNY",
    }
    subject, body = compose_letter("box_changed_substitution", "zh-CN", facts, SHOP)
    assert subject == "2027年3月3日星期三的一盒有变动"
    assert body.startswith("李，您好：\n\n")
    assert "变动如下：\n- Kenya × 2，代替耶加雪菲\n" in body
    assert "方案：每月三款" in body and "¥0.00" in body
    assert "无法替换" not in body


def test_amounts_follow_their_currency_and_days_the_shops_zone():
    _, body = compose_letter(
        "subscription_paused", "en", {"resumes_on": "2027-03-03T03:00:00+00:00"}, SHOP
    )
    assert "Tuesday, March 2, 2027" in body
    _, body = compose_letter("refund_made", "en", {"refunded_cents": 1500, "currency": "JPY"}, SHOP)
    assert "¥1,500" in body


def test_a_code_nobody_translated_is_not_shown():
    _, body = compose_letter("box_unpaid", "en", {"reason": "card_velocity_exceeded"}, SHOP)
    assert "velocity" not in body and "Reason" not in body
    _, body = compose_letter("box_unpaid", "en", {"reason": "The plan ended."}, SHOP)
    assert "Reason: The plan ended." in body


def test_a_name_in_no_known_language_is_better_than_none():
    _, body = compose_letter("box_held", "en", {"plan": {"fr": "Trio"}}, SHOP)
    assert "Plan: Trio" in body


def test_a_kind_without_words_is_refused():
    with pytest.raises(NoWords):
        compose_letter("fortune_cookie", "en", {}, SHOP)


@pytest.mark.parametrize(
    ("locale", "tag"), [("zh-CN", "zh"), ("zh_Hans_CN", "zh"), ("en-GB", "en"), ("fr", "en")]
)
def test_the_language_is_chinese_or_else_english(locale, tag):
    assert language_of(locale).tag == tag


def test_staff_get_words_of_their_own_where_there_are_some():
    assert words_for("box_held", True) == "box_held_staff"
    assert words_for("box_held", False) == "box_held"
    assert words_for("books_violated", True) == "books_violated"


def test_every_kind_that_the_product_promises_has_words():
    promises = {
        "promise_letter": 1,
        "tell_about": 1,
        "_tell": 1,
        "promise_payment_letter": 2,
        "promise_invoice_letter": 2,
    }
    found = set()
    for path in (Path(__file__).resolve().parents[2] / "app").rglob("*.py"):
        for call in (
            each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)
        ):
            place = promises.get(getattr(call.func, "id", ""), 99)
            if len(call.args) > place and isinstance(call.args[place], ast.Constant):
                found.add(call.args[place].value)
    assert {"welcome", "box_shipped", "refund_made"} <= found <= set(FACTS)
