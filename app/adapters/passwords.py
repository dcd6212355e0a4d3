"""Turns passwords into argon2 hashes; promises hashes that the sign-in page can verify."""

import unicodedata

from argon2 import PasswordHasher

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


def hash_password(plain: str) -> str:
    """Return the argon2id hash of a password, normalised as the sign-in page does."""
    return _hasher.hash(unicodedata.normalize("NFKD", plain))
