"""The errors of adapters and wiring that doors put into words for people."""

from app.adapters.local_servers import LocalServerFailed
from app.wiring.household import AlreadyRunning
from app.wiring.settings import UnsafeSettings

__all__ = ["AlreadyRunning", "LocalServerFailed", "UnsafeSettings"]
