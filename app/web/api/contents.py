"""Everything that the API can do, chapter by chapter."""

from app.web.api.add_ons import ADD_ONS
from app.web.api.batches import BATCHES
from app.web.api.books import BOOKS
from app.web.api.boxes import BOXES
from app.web.api.clock import CLOCK
from app.web.api.compositions import COMPOSITIONS
from app.web.api.curations import CURATIONS
from app.web.api.decisions import DECISIONS
from app.web.api.elsewhere import ELSEWHERE
from app.web.api.exports import EXPORTS
from app.web.api.hooks import HOOKS
from app.web.api.household import HOUSEHOLD
from app.web.api.measures import MEASURES
from app.web.api.money import MONEY
from app.web.api.offers import OFFERS
from app.web.api.own_taste import OWN_TASTE
from app.web.api.plan_places import PLACES
from app.web.api.plan_terms import PLAN_TERMS
from app.web.api.plans import PLANS
from app.web.api.products import CATALOG
from app.web.api.sharing import SHARING
from app.web.api.subscribers import SUBSCRIBERS
from app.web.api.subscriptions import SUBSCRIPTIONS
from app.web.api.taste import TASTE
from app.web.api.vouchers import VOUCHERS

CHAPTERS = (
    CATALOG,
    PLANS,
    PLAN_TERMS,
    PLACES,
    SUBSCRIBERS,
    SUBSCRIPTIONS,
    ELSEWHERE,
    ADD_ONS,
    SHARING,
    OFFERS,
    VOUCHERS,
    TASTE,
    OWN_TASTE,
    HOUSEHOLD,
    BOXES,
    BATCHES,
    COMPOSITIONS,
    CURATIONS,
    EXPORTS,
    MONEY,
    DECISIONS,
    BOOKS,
    HOOKS,
    MEASURES,
    CLOCK,
)
