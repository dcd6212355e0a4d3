"""Sends the letters that were promised: each at least once, one that fails never stops others."""

import structlog

from app.core.fail_points import reach
from app.core.ports import Post
from app.core.unit_of_work import Actor
from app.letters.compose import compose_letter
from app.letters.links import link_facts
from app.letters.post_room import ClaimedLetter, claim_letters, note_failed, note_sent
from app.letters.wording import words_for
from app.wiring.tools import Tools

ACTOR = Actor("job", "send_mail")
log = structlog.get_logger()


def send_mail(tools: Tools) -> int:
    """Send every letter that waits; return how many went out."""
    sent = 0
    while letters := _claim(tools):
        sent += sum(_send(tools, letter) for letter in letters)
    return sent


def _claim(tools: Tools) -> tuple[ClaimedLetter, ...]:
    with tools.units(ACTOR) as work:
        return claim_letters(work)


def _send(tools: Tools, letter: ClaimedLetter) -> bool:
    try:
        tools.mailer.send(_post(tools, letter))
    except Exception as error:
        # Whatever is wrong with this letter, or with the server now, others still want to go.
        log.warning("letter_failed", letter=letter.message_id, error=type(error).__name__)
        with tools.units(ACTOR) as work:
            note_failed(work, letter.id, f"{type(error).__name__}: {error}")
        return False
    reach("mail.sent")
    with tools.units(ACTOR) as work:
        note_sent(work, letter.id)
    return True


def _post(tools: Tools, letter: ClaimedLetter) -> Post:
    settings = tools.settings
    to = (settings.staff_mail or settings.mail_from) if letter.to_staff else letter.email
    if not to:
        raise LookupError("there is no such person")
    links = link_facts(settings.secret_key.get_secret_value(), letter.kind, letter.facts)
    facts = {**letter.facts, "person_name": letter.name, **links}
    words = words_for(letter.kind, letter.to_staff)
    subject, body = compose_letter(words, letter.locale, facts, tools.units.shop)
    return Post(to, subject, body, letter.message_id)
