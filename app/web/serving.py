"""Serves the pages of one shop: the application on waitress, until told to stop."""

import signal
import sys

from waitress.server import create_server

from app.core import garbage  # noqa: F401  # first: see there
from app.web.app import create_app
from app.wiring.logs import configure_logs
from app.wiring.settings import Settings
from app.wiring.tools import build_tools

THREADS = 8


def main() -> None:
    """Serve one shop."""
    configure_logs()
    settings = Settings()
    server = create_server(
        create_app(build_tools(settings)),
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()


if __name__ == "__main__":
    main()
