"""Named places where a test may kill the process. They do nothing unless the environment asks.

`BOXWRIGHT_FAIL_AT=charge.created:3` ends the process with SIGKILL when it reaches that point for
the third time; `name@parent` ends only its parent, as when a worker dies and its child lives on.
"""

import os
import signal
from collections import Counter

FAIL_POINTS = (
    "lock.boxes_locked",
    "lock.before_commit",
    "lock.after_commit",
    "compose.solved",
    "compose.stock_reserved",
    "compose.boxes_written",
    "compose.before_commit",
    "compose.after_commit",
    "shards.planned",
    "shards.gathered",
    "shards.split",
    "shards.composed",
    "tax.before_ask",
    "tax.answered",
    "charge.claimed",
    "charge.before_create",
    "charge.created",
    "charge.recorded",
    "charge.before_confirm",
    "charge.confirmed",
    "settle.before_commit",
    "settle.after_commit",
    "refund.claimed",
    "refund.asked",
    "refund.before_commit",
    "webhook.stored",
    "webhook.before_commit",
    "export.rows_built",
    "export.before_commit",
    "export.after_commit",
    "mail.sent",
    "hook.sent",
)
_seen: Counter[str] = Counter()


def reach(name: str) -> None:
    """Pass the fail point `name`; die here if the environment says so."""
    wanted = os.environ.get("BOXWRIGHT_FAIL_AT")
    if not wanted:
        return
    target, _, count = wanted.partition(":")
    target, _, whom = target.partition("@")
    if target != name:
        return
    _seen[name] += 1
    if _seen[name] == int(count or 1):
        os.kill(os.getppid() if whom == "parent" else os.getpid(), signal.SIGKILL)
