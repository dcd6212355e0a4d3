"""Codes for signing in, sent by e-mail: nothing is stored, and each works once.

A code is derived from the shop's secret, the person and the time in steps of five minutes; the
present step's and the last one's are good, so that a code lives for five to ten minutes.
"""

import hmac
import uuid

from flask_babel import gettext
from flask_security import UserMixin

from app.core.clock import real_now
from app.core.ports import Post
from app.web.doors import tools
from app.web.limits import limiter

STEP_SECONDS = 300
DIGITS = 8


def code_at(secret: bytes, mark: str, step: int) -> str:
    """Return the code of a person in one step of time."""
    digest = hmac.digest(secret, f"sign-in code/{mark}/{step}".encode(), "sha256")
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}d}"


def this_step() -> int:
    """Return the present step of the machine's time."""
    return int(real_now().timestamp()) // STEP_SECONDS


def send_code(person: UserMixin) -> None:
    """E-mail the present code to somebody."""
    code = code_at(shop_secret(), person.fs_uniquifier, this_step())
    text = "\n\n".join(
        (
            gettext("Hello,"),
            gettext("your code for signing in is %(code)s.", code=code),
            gettext("It works once, for five minutes."),
            gettext("If you did not ask for it, nothing needs to be done."),
        )
    )
    post = Post(person.email, gettext("Your sign-in code"), text, f"sign-in-{uuid.uuid4().hex}")
    tools().mailer.send(post)


def accepts_code(person: UserMixin, typed: str) -> bool:
    """Say whether this is a code of the person that has not been used, and use it up."""
    given = "".join(typed.split())
    step = this_step()
    for each in (step, step - 1):
        wanted = code_at(shop_secret(), person.fs_uniquifier, each)
        if given.isascii() and hmac.compare_digest(given, wanted):
            return limiter.storage.incr(f"code/{person.id}/{each}", 3 * STEP_SECONDS) == 1
    return False


def shop_secret() -> bytes:
    """Return the secret that signs this shop's codes."""
    return tools().settings.secret_key.get_secret_value().encode()
