"""The letters in English."""

from app.letters.ahead_letters import ENGLISH_AHEAD
from app.letters.price_letters import ENGLISH_PRICES
from app.letters.reasons import ENGLISH_REASONS
from app.letters.staff_letters import ENGLISH_STAFF
from app.letters.wording import Each, Language, Template

RECEIPT = "Please keep this letter as your receipt."
ACCOUNT = "Your account: {home_path:link}"
PLAN = "Plan: {plan:name}"
ORDER = "Order: {order_number}"
INVOICE = "Invoice: {invoice_number}"
AMOUNT = "Amount: {amount_cents:money}"
SHIPS = "Ships on: {ships_on:date}"
CARD = "Card ending in {card_last4}"
WHY = "Reason: {reason:reason}"
PAPERS = "Invoice and credit notes as PDF: {invoice_path:link}"

PAY_UNTIL = "This box can be paid until {pay_until:moment}."
FOLLOWS = "What follows: {follows:reason}."

LETTERS = {
    "welcome": Template(
        ("Welcome to {shop_name}",),
        (
            "Thank you for joining us. Your subscription is active.",
            PLAN,
            "",
            Each("dates", "- {item:date}", "Your first boxes ship on:"),
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
    "subscription_ended_unpaid": Template(
        ("Your subscription has ended",),
        (
            "Your subscription has ended because its boxes stayed unpaid. We will not try to"
            " charge you again.",
            PLAN,
            WHY,
            "",
            "You are welcome back at any time.",
            ACCOUNT,
        ),
    ),
    "card_expiring": Template(
        ("Your card expires on {expires_on:date}", "Your card expires soon"),
        (
            "The card that we have on file expires soon.",
            CARD,
            "It expires on: {expires_on:date}",
            PLAN,
            "Your next box ships on {next_ships_on:date}.",
            "",
            "If your bank has sent you a new one, it is often taken over by itself.",
            "To change your card: {card_path:link}",
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
    "payment_failed": Template(
        ("We could not charge your card", "A payment did not work"),
        (
            "The payment for your next box did not work.",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            "We will try again on {next_try_at:moment}.",
            PAY_UNTIL,
            "",
            "To pay right now: {pay_path:link}",
            "To change your card: {card_path:link}",
        ),
    ),
    "payment_last_try": Template(
        ("Last try on {final_on:date}: your box is not paid yet", "Your box is not paid yet"),
        (
            "The payment for your next box still does not work.",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            "We will try one last time on {final_on:date}. If that fails, the box is called off and"
            " nothing is charged for it.",
            "If it comes to that: {follows:reason}.",
            PAY_UNTIL,
            "",
            "To pay right now: {pay_path:link}",
            "To change your card: {card_path:link}",
        ),
    ),
    "card_needed": Template(
        ("Please give us another card",),
        (
            "We cannot charge the card that we have on file, so we will not try it again.",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            SHIPS,
            PAY_UNTIL,
            "",
            "With another card your box still goes out in time.",
            "To pay right now: {pay_path:link}",
            "To change your card: {card_path:link}",
        ),
    ),
    "payment_action": Template(
        ("Please confirm your payment",),
        (
            "Your bank asks you to confirm the payment for your next box. We will not try again"
            " until you do.",
            PLAN,
            AMOUNT,
            CARD,
            SHIPS,
            PAY_UNTIL,
            "",
            "To confirm it: {pay_path:link}",
        ),
    ),
    "payment_received": Template(
        ("Paid: invoice {invoice_number}", "Your payment has arrived"),
        (
            "Thank you, your box is paid.",
            PLAN,
            INVOICE,
            ORDER,
            "Paid: {amount_cents:money}",
            CARD,
            PAPERS,
            SHIPS,
            "",
            ACCOUNT,
        ),
    ),
    "refund_made": Template(
        ("Refund of {refunded_cents:money}", "Your refund"),
        (
            "We have sent your money back. Banks take some days to show it.",
            INVOICE,
            ORDER,
            "Given back: {refunded_cents:money}",
            CARD,
            PAPERS,
            WHY,
            "",
            RECEIPT,
        ),
    ),
    "refund_credited": Template(
        ("Credit of {refunded_cents:money}", "Your credit"),
        (
            "We have given this back to you as credit. It is taken off your next box.",
            INVOICE,
            PLAN,
            "Credit: {refunded_cents:money}",
            WHY,
            "",
            RECEIPT,
        ),
    ),
    "box_unpaid": Template(
        ("Called off: your box of {ships_on:date}", "Your box is called off"),
        (
            "Your box could not be paid for, so it is called off. Nothing is charged for it.",
            PLAN,
            SHIPS,
            "Not charged: {amount_cents:money}",
            WHY,
            "",
            FOLLOWS,
            "Your next box ships on {next_ships_on:date}.",
            "",
            "To change your card: {card_path:link}",
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
    letters=LETTERS | ENGLISH_AHEAD | ENGLISH_PRICES | ENGLISH_STAFF,
)
