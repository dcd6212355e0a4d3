"""The letters about payments, unpaid boxes and refunds in Chinese."""

from app.letters.wording import Template

RECEIPT = "请保留这封信作为凭证。"
ACCOUNT = "您的账户：{home_path:link}"
PLAN = "方案：{plan:name}"
ORDER = "订单号：{order_number}"
INVOICE = "账单号：{invoice_number}"
AMOUNT = "金额：{amount_cents:money}"
SHIPS = "发货日：{ships_on:date}"
CARD = "尾号为 {card_last4} 的银行卡"
WHY = "原因：{reason:reason}"
PAPERS = "账单与贷项通知单（PDF）：{invoice_path:link}"
PAY_UNTIL = "这一盒可在{pay_until:moment}之前付款。"
FOLLOWS = "接下来：{follows:reason}。"

CHINESE_MONEY = {
    "payment_failed": Template(
        ("扣款未成功",),
        (
            "您下一盒的扣款未成功。",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            "我们将于{next_try_at:moment}再试一次。",
            PAY_UNTIL,
            "",
            "立即付款：{pay_path:link}",
            "更换银行卡：{card_path:link}",
        ),
    ),
    "payment_last_try": Template(
        ("您的一盒尚未付款，最后一次扣款：{final_on:date}", "您的一盒尚未付款"),
        (
            "您下一盒的扣款仍未成功。",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            "我们将于{final_on:date}最后再试一次。如果仍未成功，这一盒将被取消，不收取任何费用。",
            "如果到了那一步：{follows:reason}。",
            PAY_UNTIL,
            "",
            "立即付款：{pay_path:link}",
            "更换银行卡：{card_path:link}",
        ),
    ),
    "card_needed": Template(
        ("请更换银行卡",),
        (
            "我们无法从您登记的银行卡扣款，因此不会再试这张卡。",
            PLAN,
            AMOUNT,
            CARD,
            WHY,
            SHIPS,
            PAY_UNTIL,
            "",
            "换一张卡，您的一盒仍可按时发出。",
            "立即付款：{pay_path:link}",
            "更换银行卡：{card_path:link}",
        ),
    ),
    "payment_action": Template(
        ("请确认您的付款",),
        (
            "您的银行要求您确认下一盒的付款。在您确认之前，我们不会再次扣款。",
            PLAN,
            AMOUNT,
            CARD,
            SHIPS,
            PAY_UNTIL,
            "",
            "确认付款：{pay_path:link}",
        ),
    ),
    "payment_received": Template(
        ("已付款：账单 {invoice_number}", "已收到您的付款"),
        (
            "谢谢，您的一盒已付款。",
            PLAN,
            INVOICE,
            ORDER,
            "已付：{amount_cents:money}",
            CARD,
            PAPERS,
            SHIPS,
            "",
            ACCOUNT,
        ),
    ),
    "refund_made": Template(
        ("退款 {refunded_cents:money}", "您的退款"),
        (
            "我们已将款项退还给您，银行可能需要几天才会显示。",
            INVOICE,
            ORDER,
            "已退：{refunded_cents:money}",
            CARD,
            PAPERS,
            WHY,
            "",
            RECEIPT,
        ),
    ),
    "refund_credited": Template(
        ("余额 {refunded_cents:money}", "您的余额"),
        (
            "我们已将款项退为您的余额，下一盒会自动抵扣。",
            INVOICE,
            PLAN,
            "余额：{refunded_cents:money}",
            WHY,
            "",
            RECEIPT,
        ),
    ),
    "box_unpaid": Template(
        ("已取消：{ships_on:date}的一盒", "您的一盒已取消"),
        (
            "这一盒未能付款，因此已取消，不收取任何费用。",
            PLAN,
            SHIPS,
            "未收取：{amount_cents:money}",
            WHY,
            "",
            FOLLOWS,
            "您的下一盒将于{next_ships_on:date}发货。",
            "",
            "更换银行卡：{card_path:link}",
            ACCOUNT,
        ),
    ),
    "card_expiring": Template(
        ("您的银行卡将于{expires_on:date}到期", "您的银行卡即将到期"),
        (
            "您登记的银行卡即将到期。",
            CARD,
            "到期日：{expires_on:date}",
            PLAN,
            "您的下一盒将于{next_ships_on:date}发货。",
            "",
            "如果银行已换发新卡，通常会自动更新，您无需操作。",
            "更换银行卡：{card_path:link}",
        ),
    ),
    "subscription_ended_unpaid": Template(
        ("您的订阅已结束",),
        (
            "由于盒子一直未付款，您的订阅已结束，我们不会再次扣款。",
            PLAN,
            WHY,
            "",
            "欢迎您随时回来。",
            ACCOUNT,
        ),
    ),
}
