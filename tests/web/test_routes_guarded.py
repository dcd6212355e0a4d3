"""Every address of the shop carries exactly one guard."""

from flask import Flask

GUARDS = {"public", "subscriber", "staff", "scoped"}


def test_every_route_is_guarded(app: Flask) -> None:
    unguarded = [
        f"{rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "guard", None) not in GUARDS
    ]
    assert not unguarded


def test_only_these_addresses_are_open_to_strangers(app: Flask) -> None:
    open_to_all = {
        rule.endpoint.partition(".")[0]
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "guard", None) == "public"
    }
    known = {
        "static",
        "front",
        "sign_in",
        "sign_up",
        "pay",
        "webhooks",
        "api",
        "gifts",
        "claim",
        "left",
        "invite",
        "waiting",
    }
    assert open_to_all <= known
