"""The web application for WSGI servers: `waitress-serve wsgi:application`."""

from app.web.app import create_app
from app.wiring.settings import Settings
from app.wiring.tools import build_tools

application = create_app(build_tools(Settings()))
