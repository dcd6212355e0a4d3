"""English and Chinese: which language somebody reads, and dates, money and names in it.

The catalogue is kept as text; it is compiled into the shop's folder when the text is newer.
"""

import os
import tempfile
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision
from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale, gettext
from flask_security import current_user

from app.web.doors import tools

CATALOGUES = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "zh-CN": "简体中文"}
LOCALES = {"en": "en", "zh-CN": "zh_Hans_CN"}
DOMAINS = ("messages", "staff")
COOKIE = "language"
ZONE_COOKIE = "zone"


def init_languages(app: Flask, home: Path) -> None:
    """Give `app` its languages; compiled catalogues lie under `home`."""
    compiled = home.resolve() / "translations"
    compile_catalogues(compiled)
    # One catalogue for people who buy and one for people who work here, in the same folder.
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([str(compiled)] * len(DOMAINS))
    app.config["BABEL_DOMAIN"] = ";".join(DOMAINS)
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Babel(app, locale_selector=chosen_locale)
    app.jinja_env.filters.update(
        money=money,
        day=day,
        short_day=short_day,
        moment=moment,
        number=number,
        named=named,
        span=span,
    )
    app.jinja_env.globals.update(languages=LANGUAGES, language=language, own_zone=own_zone)


def compile_catalogues(folder: Path) -> None:
    """Compile each text catalogue that is newer than its compiled form."""
    for source in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        target = (folder / source.relative_to(CATALOGUES)).with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may start at once, so each writes its own file and renames it.
        handle, draft = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "wb") as stream, source.open("rb") as text:
            write_mo(stream, read_po(text))
        os.replace(draft, target)


def chosen_locale() -> str:
    """Return the reader's locale for Babel."""
    return LOCALES[language()]


def language() -> str:
    """Return the reader's language: as just chosen, as stored, or as the browser asks."""
    if not has_request_context():
        return "en"
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    if current_user and current_user.is_authenticated:
        return nearest(current_user.locale)
    return nearest(request.accept_languages.best_match(["en", "zh-CN", "zh"], "en"))


def nearest(tag: str | None) -> str:
    """Return the language of ours that is nearest to a language tag."""
    return "zh-CN" if (tag or "").casefold().startswith("zh") else "en"


def named(names: Mapping[str, str] | str | None) -> str:
    """Return a name in the reader's language, or in another rather than none."""
    if isinstance(names, str):
        return names
    if not names:
        return ""
    wanted = language()
    for tag, name in names.items():
        if nearest(tag) == wanted and name:
            return name
    return names.get("en") or next(iter(names.values()), "")


def locale() -> Locale:
    """Return the locale in which to write numbers and dates."""
    return get_locale() or Locale("en")


def money(cents: int, currency: str | None = None) -> str:
    """Write an amount in the minor unit as people read it."""
    code = currency or tools().units.shop.currency
    amount = Decimal(cents).scaleb(-get_currency_precision(code))
    return str(format_currency(amount, code, locale=locale()))


def number(value: float) -> str:
    """Write a number with the reader's separators."""
    return str(format_decimal(value, locale=locale()))


def day(value: date | datetime, style: str = "full") -> str:
    """Write a day with its weekday; an instant is first put into the shop's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(tools().units.shop.zone).date()
    return str(format_date(value, style, locale=locale()))


def short_day(value: date | datetime) -> str:
    """Write a day briefly, as in lists."""
    return day(value, "EEE d MMM" if language() == "en" else "M月d日 EEE")


def moment(value: datetime, zone: ZoneInfo | None = None) -> str:
    """Write an instant with the city whose time it is, the shop's unless another is given."""
    pattern = "EEE d MMM y, HH:mm" if language() == "en" else "y年M月d日 EEE HH:mm"
    place = zone or tools().units.shop.zone
    written = format_datetime(value.astimezone(place), pattern, tzinfo=place, locale=locale())
    city = get_timezone_location(place, locale=locale(), return_city=True)
    return str(gettext("%(moment)s, %(city)s time", moment=written, city=city))


def span(value: timedelta) -> str:
    """Write a stretch of time in its largest unit."""
    return str(format_timedelta(value, threshold=1.5, locale=locale()))


def own_zone() -> ZoneInfo | None:
    """Return the reader's own time zone where the browser told it and it is not the shop's."""
    try:
        zone = ZoneInfo(request.cookies.get(ZONE_COOKIE, "").replace("%2F", "/"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if zone.key == tools().units.shop.zone.key else zone
