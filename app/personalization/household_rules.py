"""Words of households: people who share the boxes of one subscriber. Pure."""

from app.core.refusals import Refusal

MOST_MEMBERS = 3  # besides the subscriber
LONGEST_NAME = 40


class HouseholdRefusal(Refusal):
    """Why somebody cannot be added to a household, or changed."""

    UNKNOWN_MEMBER = "Nobody of this name shares your boxes."
    NAME_NEEDED = "Please say what we may call this person."
    NAME_TOO_LONG = "Please keep the name below 40 characters."
    NAME_TAKEN = "Somebody in your household has this name already."
    HOUSEHOLD_FULL = "Up to four people can share a box."
