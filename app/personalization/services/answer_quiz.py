"""Stores the answers of the taste quiz; answering again replaces them."""

import uuid

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import TasteProfile
from app.personalization.rules import QuizAnswers, TasteRefusal, wrong_answer


def answer_quiz(work: UnitOfWork, subscriber_id: uuid.UUID, answers: QuizAnswers) -> None:
    """Store somebody's answers; refuse one that was not offered."""
    wrong = wrong_answer(answers)
    if wrong:
        raise Refused(TasteRefusal.UNKNOWN_ANSWER, field=wrong)
    work.session.merge(
        TasteProfile(
            subscriber_id=subscriber_id,
            roast=answers.roast,
            style=answers.style,
            strength=answers.strength,
            brew_methods=list(answers.brew_methods),
            additions=list(answers.additions),
            caffeine=answers.caffeine,
            expertise=answers.expertise,
            answered_at=work.now,
        )
    )
    work.session.flush()
