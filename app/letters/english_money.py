"""The letters about payments, unpaid boxes and refunds in English."""

from app.letters.wording import Template

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

ENGLISH_MONEY = {
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
}
