"""Puts the subscribers' pages onto the application."""

from flask import Flask

from app.web.portal.ahead import bp as ahead
from app.web.portal.box import bp as box
from app.web.portal.claim import bp as claim
from app.web.portal.days import bp as days
from app.web.portal.elsewhere import bp as elsewhere
from app.web.portal.extras import bp as extras
from app.web.portal.gifts import bp as gifts
from app.web.portal.group import bp as group
from app.web.portal.household import bp as household
from app.web.portal.invite import bp as invite
from app.web.portal.invoices import bp as invoices
from app.web.portal.left import bp as left
from app.web.portal.papers import bp as papers
from app.web.portal.pay import bp as pay
from app.web.portal.plan import bp as plan
from app.web.portal.pledge import bp as pledge
from app.web.portal.rating import bp as rating
from app.web.portal.savings import bp as savings
from app.web.portal.sign_up import bp as sign_up
from app.web.portal.start import bp as start
from app.web.portal.supply import bp as supply
from app.web.portal.taste import bp as taste
from app.web.portal.taste_files import bp as taste_files
from app.web.portal.waiting import bp as waiting


def register_portal(app: Flask) -> None:
    """Register every page of the portal."""
    for page in (sign_up, start, box, plan, taste, taste_files, rating, invoices, papers, pay):
        app.register_blueprint(page)
    for page in (ahead, days, gifts, claim, extras, savings, household, supply, elsewhere, waiting):
        app.register_blueprint(page)
    for page in (group, invite, pledge, left):
        app.register_blueprint(page)
