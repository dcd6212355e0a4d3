"""The letters in Chinese, in simplified characters."""

from app.letters.ahead_letters import CHINESE_AHEAD
from app.letters.price_letters import CHINESE_PRICES
from app.letters.reasons import CHINESE_REASONS
from app.letters.staff_letters import CHINESE_STAFF
from app.letters.wording import Each, Language, Template

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
SUBSCRIPTION = "订阅号：{subscription_number}"

PAY_UNTIL = "这一盒可在{pay_until:moment}之前付款。"
FOLLOWS = "接下来：{follows:reason}。"

LETTERS = {
    "welcome": Template(
        ("欢迎来到 {shop_name}",),
        (
            "感谢您的加入，您的订阅已生效。",
            PLAN,
            "",
            Each("dates", "- {item:date}", "最初几盒的发货日："),
            "",
            "在每一盒的截止时间之前，您都可以查看、更换或跳过这一盒；也可以随时暂停或取消订阅。",
            ACCOUNT,
        ),
    ),
    "box_skipped": Template(
        ("已跳过：{ships_on:date}的一盒", "这一盒已跳过"),
        (
            "按您的要求，{ships_on:date}的一盒已跳过，不会收取任何费用。",
            PLAN,
            "未收取：{amount_cents:money}",
            "下一盒将于{next_ships_on:date}发货。",
            "",
            "在这一盒的截止时间之前，您可以撤回。",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "box_moved": Template(
        ("{ships_on:date}不发货", "您的一盒改期发货"),
        (
            "{ships_on:date}不发货。",
            "您的一盒改为{next_ships_on:date}发货。",
            WHY,
            PLAN,
            "",
            "您无需做任何事。所有日期都可以在账户中查看。",
            ACCOUNT,
        ),
    ),
    "box_unskipped": Template(
        ("已恢复：{ships_on:date}的一盒", "这一盒已恢复"),
        (
            "{ships_on:date}的一盒已恢复。",
            PLAN,
            "价格：{amount_cents:money}",
            "您可以在{cutoff_at:moment}之前更改这一盒。",
            "",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "plan_changed": Template(
        ("您的方案已更改",),
        (
            "从现在起，您的咖啡盒将按新方案寄送。",
            PLAN,
            "每盒价格：{amount_cents:money}",
            "下一盒之前的天数差价，计入下一张账单：{more_cents:money}",
            "下一盒之前的天数差价，从下一张账单中减去：{less_cents:money}",
            "下一盒将于{next_ships_on:date}发货。",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_paused": Template(
        ("您的订阅已暂停",),
        (
            "您的订阅已暂停。暂停期间不发货，也不收费。",
            PLAN,
            WHY,
            "订阅将于{resumes_on:date}自动恢复。",
            "",
            "您可以随时恢复订阅。",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_resumed": Template(
        ("您的订阅已恢复",),
        (
            "欢迎回来，您的订阅已重新生效。",
            PLAN,
            "下一盒将于{next_ships_on:date}发货。",
            "",
            "您可以在账户中查看和更改下一盒。",
            ACCOUNT,
            "",
            RECEIPT,
        ),
    ),
    "subscription_cancelled": Template(
        ("您的订阅已结束",),
        (
            "您的订阅已取消，我们不会再为以后的任何一盒收费。",
            PLAN,
            SUBSCRIPTION,
            "最后一盒将于{last_ships_on:date}发货。",
            "",
            "欢迎您随时回来。",
            ACCOUNT,
            "",
            RECEIPT,
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
    "card_not_saved": Template(
        ("您的银行卡未能保存",),
        (
            "您的银行没有同意保存刚才填写的银行卡，没有产生任何扣款。",
            "",
            "请再试一次，或换一张卡：{card_path:link}",
        ),
    ),
    "box_changed_substitution": Template(
        ("{ships_on:date}的一盒有变动", "您的一盒有变动"),
        (
            "您这一盒中有些咖啡已售完，我们换上了最接近的一款。价格不变或更低，盒中也不会有您排除的东西。",
            "",
            Each(
                "substitutions",
                "- {got:name} × {units}，代替{wanted:name}",
                "变动如下：",
            ),
            "无法替换、因此不收费的袋数：{missing:count}",
            "已从价格中扣除：{credit_cents:money}",
            "",
            "您为以后各盒所选的咖啡保持不变。",
            ORDER,
            PLAN,
            SHIPS,
            ACCOUNT,
        ),
    ),
    "box_held": Template(
        ("{ships_on:date}的一盒需要等一等", "您的一盒需要等一等"),
        (
            "您的下一盒需要等一等：目前我们还无法为您配好这一盒。我们正在处理，之后会再写信告诉您。",
            PLAN,
            SHIPS,
            WHY,
            "",
            "请检查您的地址、选择和排除项。",
            ACCOUNT,
        ),
    ),
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
    "box_shipped": Template(
        ("您的订单 {order_number} 已发货", "您的一盒已发货"),
        (
            "您的一盒已经发出。",
            ORDER,
            PLAN,
            "发货日：{shipped_on:date}",
            "",
            Each("numbers", "- {carrier}：{number}", "物流单号："),
            "",
            "品尝之后，请告诉我们您有多喜欢每一款咖啡，下一盒会更合您的口味。",
            ACCOUNT,
        ),
    ),
    "stock_capped": Template(
        ("{ships_on:date}的一盒数量有所减少", "数量有所减少"),
        (
            "库存少于您要的数量，因此您的一盒只能装入现有的数量。",
            "咖啡：{product:name}",
            "您要 {wanted}，实得 {given}。",
            SHIPS,
            "",
            "您只需为实得的数量付款。",
            ACCOUNT,
        ),
    ),
}

CHINESE = Language(
    locale="zh_Hans_CN",
    tag="zh",
    moment="y年M月d日 EEE HH:mm z",
    greetings=("{person_name}，您好：", "您好："),
    closing=("{shop_name}",),
    reasons=CHINESE_REASONS,
    letters=LETTERS | CHINESE_AHEAD | CHINESE_PRICES | CHINESE_STAFF,
)
