"""Invoices: listed, searched, and the accounts for finance alone."""

from app.people.rules import Role

PATH = "/staff/invoices/"


def test_a_stranger_is_turned_away(client):
    assert client.get(PATH).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    assert sign_in("fay@example.com", Role.FULFILMENT).get(PATH).status_code == 403


def test_finance_sees_the_accounts_and_support_does_not(sign_in, packed):
    finance = sign_in("fin@example.com", Role.FINANCE).get(PATH).text
    assert "Owed as boxes" in finance and "Provider" in finance and "$26.00" in finance
    support = sign_in("sue@example.com", Role.SUPPORT).get(PATH).text
    assert "Owed as boxes" not in support and "Ada" in support


def test_declined_payments_are_found(sign_in, packed):
    browser = sign_in("fin@example.com", Role.FINANCE)
    page = browser.get(f"{PATH}?state=declined").text
    assert "Dev" in page and "Ada" not in page
    assert "Ada" in browser.get(f"{PATH}?q=ada").text
    assert "No invoices" in browser.get(f"{PATH}?q=nobody&state=paid").text
    assert "Dev" in browser.get(f"{PATH}?q=BW-1002-0").text
