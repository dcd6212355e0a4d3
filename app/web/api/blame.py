"""Names the field of the request that a refusal is about, where a use case cannot know it."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.refusals import Refused


@contextmanager
def blaming(field: str) -> Iterator[None]:
    """Let refusals inside name `field`."""
    try:
        yield
    except Refused as refused:
        raise Refused(refused.refusal, refused.offer, field) from refused
