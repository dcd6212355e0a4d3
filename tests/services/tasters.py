"""People who answered the quiz and rated every coffee, so that there is something to learn."""

import uuid

from app.core.unit_of_work import UnitOfWork
from app.personalization.rules import QuizAnswers, Rating
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.rate_product import rate_product
from tests.cast import SHELF, register, stock_shelf

ROASTS = ("Light", "Medium", "Dark")
FITTING = {"light": 0, "medium": 1, "dark": 2}


def let_taste(work: UnitOfWork, people: int, shelf: dict[str, uuid.UUID] | None = None) -> None:
    """Let so many people taste the whole shelf: what lies further from their roast pleases less.

    Nobody likes a decaf; whoever likes it light likes Ethiopia best of all.
    """
    shelf = shelf or stock_shelf(work)
    for number in range(people):
        taste = number % 3
        person = register(work, f"Taster{number}")
        answer_quiz(work, person, QuizAnswers(roast=ROASTS[taste]))
        for coffee in SHELF:
            far = abs(FITTING[coffee.roast.value] - taste)
            liking = 5 - 2 * far - (2 if coffee.decaf else 0) - (number // 3 + far) % 2
            rate_product(work, person, shelf[coffee.code], Rating(max(1, liking)))
