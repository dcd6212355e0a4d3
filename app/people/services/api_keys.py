"""Issues and revokes keys for programs; the key is shown once and never stored."""

import secrets
import uuid
from collections.abc import Iterable

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.models import ApiKey
from app.people.queries import hash_key
from app.people.rules import PeopleRefusal, Scope


def create_api_key(work: UnitOfWork, name: str, scopes: Iterable[Scope]) -> tuple[ApiKey, str]:
    """Return a new key's row and the key itself."""
    plain = f"bw_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=uuid.uuid4(),
        name=name,
        prefix=plain[:9],
        sha256=hash_key(plain),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=work.now,
    )
    work.session.add(key)
    work.session.flush()
    return key, plain


def revoke_api_key(work: UnitOfWork, key_id: uuid.UUID) -> ApiKey:
    """Revoke a key; revoking it again changes nothing."""
    key = work.session.get(ApiKey, key_id, with_for_update=True)
    if key is None:
        raise Refused(PeopleRefusal.UNKNOWN_KEY)
    key.revoked_at = key.revoked_at or work.now
    return key
