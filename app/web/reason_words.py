"""Why a coffee is in somebody's box, in words, from the reasons stored with the line.

The kinds are those that the learning part writes; a test goes through all of them.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from app.web.i18n import named
from app.web.taste_clauses import TOLD, TRAITS

Part = Mapping[str, Any]


def reason_words(reasons: Mapping[str, Any]) -> list[str]:
    """Return the sentences that say why, the strongest first; at least one for any reasons."""
    if reasons.get("off"):
        return [str(gettext("Your taste is switched off, so this is what most people like."))]
    told = [part_words(part) for part in reasons.get("reasons", ()) if part["contrast"]]
    if not told:
        sentence = gettext("Of all that is left for your box, it fits about as well as the best.")
        told = [str(sentence)]
    return [_for_whom(reasons, sentence) for sentence in told]


def _for_whom(reasons: Mapping[str, Any], sentence: str) -> str:
    """Say whom a sentence speaks of, where several people share a box."""
    whose = reasons.get("for")
    if not whose:
        return sentence
    said = sentence[:1].lower() + sentence[1:]
    if whose["member"]:
        return str(gettext("%(name)s: %(reason)s", name=whose["name"], reason=said))
    return str(gettext("For you: %(reason)s", reason=said))


def part_words(part: Part) -> str:
    """Return one reason as a sentence; one with less than nothing speaks against the coffee."""
    sentence = _SENTENCES[part["kind"]](part, part["contrast"] > 0)
    if part["contrast"] > 0:
        return _begun(sentence)
    return str(gettext("Against it: %(reason)s", reason=sentence))


def lever_words(reasons: Mapping[str, Any]) -> str:
    """Say what would change the place of a coffee; empty if nothing does."""
    lever = reasons.get("lever")
    if not lever:
        return ""
    now, offered = reasons["rank"], reasons["offered"]
    places = {"now": now, "then": now + lever["ranks"], "offered": offered}
    return _for_whom(reasons, _LEVERS[lever["change"]](lever, places))


def missed_words(missed: Any) -> str:
    """Tell what a box had to do without, and that it is remembered; empty if nothing."""
    if not missed or not missed.coffees:
        return ""
    return str(
        gettext(
            "Your first choice, %(coffee)s, ran out. We remember that: next time you are further"
            " ahead in line.",
            coffee=named(missed.coffees[0]),
        )
    )


def _answer(part: Part, likes: bool) -> str:
    told = told_words(part)
    if part.get("attribute") is None:
        if likes:
            return str(gettext("%(told)s, and people who say so liked this coffee.", told=told))
        return str(gettext("%(told)s, and people who say so liked this coffee less.", told=told))
    return str(gettext("%(told)s, and %(trait)s.", told=told, trait=trait_words(part)))


def _rating(part: Part, likes: bool) -> str:
    name, liking = named(part["name"]), round(part["liking"])
    if part.get("likeness", 0.0) >= 0.999:
        return str(gettext("you rated it %(n)d of 5 before.", n=liking))
    if likes == (part["liking"] >= 3):
        return str(
            gettext(
                "you rated %(coffee)s %(n)d of 5, and this one is close to it.",
                coffee=name,
                n=liking,
            )
        )
    return str(
        gettext(
            "you rated %(coffee)s %(n)d of 5, and this one is different.", coffee=name, n=liking
        )
    )


def _attribute(part: Part, likes: bool) -> str:
    if likes:
        return str(gettext("%(trait)s, and most people like that.", trait=trait_words(part)))
    return str(gettext("%(trait)s, and fewer people like that.", trait=trait_words(part)))


def _crowd(part: Part, likes: bool) -> str:
    if likes:
        return str(gettext("people like this coffee better than most."))
    return str(gettext("people like this coffee less than most."))


def _habit(part: Part, likes: bool) -> str:
    """Tell by past boxes: the person's own, or those of people who keep the same coffees."""
    often = round(part.get("value") or 0.0)
    if often and likes:
        return str(gettext("you kept it in %(n)d of your boxes before.", n=often))
    if likes:
        return str(gettext("people whose boxes are like yours keep it."))
    return str(gettext("your past boxes say that others suit you better."))


def _plain(part: Part, likes: bool) -> str:
    """Say what never ranks one coffee above another."""
    if likes:
        return str(gettext("you enjoy most coffees."))
    return str(gettext("few coffees please you."))


_SENTENCES = {
    "answer": _answer,
    "rating": _rating,
    "attribute": _attribute,
    "crowd": _crowd,
    "habit": _habit,
    "base": _plain,
    "mood": _plain,
}


def _answer_given(lever: Part, places: dict[str, int]) -> str:
    return str(
        gettext(
            "Tell us that %(told)s, and it would go from place %(now)d to place %(then)d"
            " of %(offered)d.",
            told=told_words(lever),
            **places,
        )
    )


def _answer_removed(lever: Part, places: dict[str, int]) -> str:
    return str(
        gettext(
            "Had you not told us that %(told)s, it would go from place %(now)d to place %(then)d"
            " of %(offered)d.",
            told=told_words(lever),
            **places,
        )
    )


def _rating_removed(lever: Part, places: dict[str, int]) -> str:
    return str(
        gettext(
            "Without your rating of %(coffee)s it would go from place %(now)d to place %(then)d"
            " of %(offered)d.",
            coffee=named(lever["name"]),
            **places,
        )
    )


def _rating_changed(lever: Part, places: dict[str, int]) -> str:
    return str(
        gettext(
            "Had you rated %(coffee)s %(n)d of 5, it would go from place %(now)d to place %(then)d"
            " of %(offered)d.",
            coffee=named(lever["name"]),
            n=round(lever["liking"]),
            **places,
        )
    )


_LEVERS = {
    "answer_given": _answer_given,
    "answer_removed": _answer_removed,
    "rating_removed": _rating_removed,
    "rating_changed": _rating_changed,
}


def told_words(part: Part) -> str:
    """Return what somebody told us, as a clause."""
    return str(TOLD[f"{part['question']}: {part['answer']}"])


def trait_words(part: Part) -> str:
    """Return what a coffee is like, as a clause."""
    scale = TRAITS[part["attribute"]]
    value = part.get("value") or 0.0
    return str(next(words for most, words in scale if value <= most))


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
