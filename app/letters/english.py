"""The letters in English."""

from app.letters.ahead_letters import ENGLISH_AHEAD
from app.letters.english_money import ACCOUNT, ENGLISH_MONEY, ORDER, PLAN, RECEIPT, SHIPS, WHY
from app.letters.price_letters import ENGLISH_PRICES
from app.letters.reasons import ENGLISH_REASONS
from app.letters.sharing_letters import ENGLISH_SHARING
from app.letters.staff_letters import ENGLISH_STAFF
from app.letters.wait_letters import ENGLISH_WAITING
from app.letters.wording import Each, Language, Template

LETTERS = {
    "welcome": Template(
        ("Welcome to {shop_name}",),
        (
            "Thank you for joining us. Your subscription is active.",
            PLAN,
            "",
            Each("dates", "- {item:date}", "Your first boxes ship on:"),
            "",
            "Take your time to think it over: nothing is charged up to and including"
            " {free_until:date}. If you leave until then, you pay nothing.",
            "",
            "Until its cut-off you can see, change or skip each box, and pause or cancel whenever"
            " you like.",
            ACCOUNT,
        ),
    ),
    "box_skipped": Template(
        ("Skipped: your box of {ships_on:date}", "Your box is skipped"),
        (
            "Your box of {ships_on:date} is skipped, as you wished. Nothing is charged for it.",
            PLAN,
            "Not charged: {amount_cents:money}",
            "Your next box ships on {next_ships_on:date}.",
            "",
            "You can take this back until the box's cut-off.",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "box_moved": Template(
        ("No delivery on {ships_on:date}", "Your box ships on another day"),
        (
            "We do not ship on {ships_on:date}.",
            "Your box ships on {next_ships_on:date} instead.",
            WHY,
            PLAN,
            "",
            "You need not do anything. You can see all days in your account.",
            ACCOUNT,
        ),
    ),
    "box_unskipped": Template(
        ("Back on: your box of {ships_on:date}", "Your box is back on"),
        (
            "Your box of {ships_on:date} is on again.",
            PLAN,
            "Price: {amount_cents:money}",
            "You can change it until {cutoff_at:moment}.",
            "",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "plan_changed": Template(
        ("Your plan has changed",),
        (
            "Your boxes follow another plan from now on.",
            PLAN,
            "Price of a box: {amount_cents:money}",
            "For the days until your next box, on its invoice: {more_cents:money}",
            "Taken off your next invoice for the days until then: {less_cents:money}",
            "Your next box ships on {next_ships_on:date}.",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_paused": Template(
        ("Your subscription is paused",),
        (
            "Your subscription is paused. While it is, nothing ships and nothing is charged.",
            PLAN,
            WHY,
            "It goes on by itself on {resumes_on:date}.",
            "",
            "You can resume it whenever you like.",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_resumed": Template(
        ("Your subscription goes on",),
        (
            "Welcome back. Your subscription is active again.",
            PLAN,
            "Your next box ships on {next_ships_on:date}.",
            "",
            "You can see and change your next box in your account.",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_cancelled": Template(
        ("Your subscription has ended",),
        (
            "Your subscription is cancelled. We will not charge you for any further box.",
            PLAN,
            "Subscription: {subscription_number}",
            "Your last box ships on {last_ships_on:date}.",
            "",
            "You are welcome back at any time.",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "card_not_saved": Template(
        ("Your card could not be saved",),
        (
            "Your bank did not let us keep the card that you typed. Nothing was charged.",
            "",
            "Please try it again, or use another card: {card_path:link}",
        ),
    ),
    "box_changed_substitution": Template(
        ("A change in your box of {ships_on:date}", "A change in your box"),
        (
            "Some of what was to be in your box has run out. What we packed in its place comes"
            " nearest to it: your price stays the same or gets lower, and nothing on your list of"
            " exclusions is in the box.",
            "",
            Each(
                "substitutions",
                "- {units} × {got:name} instead of {wanted:name}",
                "What changed:",
            ),
            "You can see what came in its place from {reveals_at:moment} on.",
            "Bags that we could not replace, and do not charge: {missing:count}",
            "Taken off your price: {credit_cents:money}",
            "",
            "What you picked for later boxes stays as it is.",
            ORDER,
            PLAN,
            SHIPS,
            ACCOUNT,
        ),
    ),
    "box_held": Template(
        ("Your box of {ships_on:date} has to wait", "Your box has to wait"),
        (
            "Your next box has to wait: we could not pack it in a way that we may send to you."
            " We are looking into it and will write again.",
            PLAN,
            SHIPS,
            WHY,
            "",
            "Please check your address, your choices and your exclusions.",
            ACCOUNT,
        ),
    ),
    "box_shipped": Template(
        ("Your box {order_number} is on its way", "Your box is on its way"),
        (
            "Your box has left us.",
            ORDER,
            PLAN,
            "Shipped on: {shipped_on:date}",
            "",
            Each("numbers", "- {carrier}: {number}", "Follow it with the carrier's number:"),
            "",
            "Once you have tasted it, tell us how you liked each coffee: the next box listens.",
            ACCOUNT,
        ),
    ),
    "stock_capped": Template(
        ("Fewer than you asked for in your box of {ships_on:date}", "Fewer than you asked for"),
        (
            "There was less in stock than you asked for, so your box gets what there is.",
            "Coffee: {product:name}",
            "You asked for {wanted} and get {given}.",
            SHIPS,
            "",
            "You pay for what you get.",
            ACCOUNT,
        ),
    ),
}

ENGLISH = Language(
    locale="en",
    tag="en",
    moment="EEE d MMM y, HH:mm z",
    greetings=("Hello {person_name},", "Hello,"),
    closing=("{shop_name}",),
    reasons=ENGLISH_REASONS,
    letters=LETTERS
    | ENGLISH_MONEY
    | ENGLISH_AHEAD
    | ENGLISH_PRICES
    | ENGLISH_WAITING
    | ENGLISH_SHARING
    | ENGLISH_STAFF,
)
