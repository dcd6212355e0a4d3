"""Letters about prices, credit, and what was added to a box or is missing, in all languages."""

from app.letters.wording import Each, Template

_ACCOUNT_EN = "Your account: {home_path:link}"
_ACCOUNT_ZH = "您的账户：{home_path:link}"

ENGLISH_PRICES = {
    "box_not_filled": Template(
        ("Your box of {ships_on:date} does not come", "A box does not come"),
        (
            "We could not fill your box of {ships_on:date}: nothing that we had left fits it, and"
            " nothing came in time. You do not pay for it; a box that you have paid ahead comes"
            " later instead.",
            "Plan: {plan:name}",
            "Your next box ships on {next_ships_on:date}.",
            "",
            "With fewer exclusions more coffees can go into your boxes.",
            _ACCOUNT_EN,
        ),
    ),
    "add_on_dropped": Template(
        ("Not in your box of {ships_on:date}: what you added", "What you added ran out"),
        (
            "Your box of {ships_on:date} goes on without what you had added to it: there was not"
            " enough left. It is not charged.",
            "",
            Each("names", "- {added:name}", "Left out:"),
            "",
            "You can add something else in your account.",
            _ACCOUNT_EN,
        ),
    ),
    "price_change": Template(
        ("A new price from {effective_on:date}", "Your price changes"),
        (
            "The price of your box changes on {effective_on:date}.",
            "Plan: {plan:name}",
            "Price of a box until then: {old_cents:money}",
            "Price of a box from then on: {new_cents:money}",
            "",
            "Boxes that lock before that day cost what they cost today. You can pause or cancel"
            " whenever you like, without a reason.",
            _ACCOUNT_EN,
        ),
    ),
    "coupon_ended": Template(
        ("The code {code} has ended", "A code has ended"),
        (
            "The code {code} was not meant for everybody, and has ended. Your next boxes cost what"
            " the plan says.",
            "Plan: {plan:name}",
            "",
            "Boxes that are invoiced already keep their price. You can pause or cancel whenever you"
            " like, without a reason.",
            _ACCOUNT_EN,
        ),
    ),
    "credit_given": Template(
        ("You have credit of {amount_cents:money}", "You have credit"),
        (
            "We have put {amount_cents:money} into your credit. It pays for your next boxes by"
            " itself.",
            "{note}",
            "",
            "Your credit now: {balance_cents:money}",
            _ACCOUNT_EN,
        ),
    ),
}
CHINESE_PRICES = {
    "box_not_filled": Template(
        ("{ships_on:date}的一盒无法寄出", "有一盒无法寄出"),
        (
            "{ships_on:date}的一盒我们未能配好：库存中没有适合的咖啡，也没有及时补到货。这一盒不收费；"
            "如果您已预付，这一盒会顺延到以后。",
            "方案：{plan:name}",
            "下一盒将于{next_ships_on:date}发货。",
            "",
            "减少排除项，可以让更多咖啡进入您的盒子。",
            _ACCOUNT_ZH,
        ),
    ),
    "add_on_dropped": Template(
        ("{ships_on:date}的一盒缺少您加购的商品", "您加购的商品已售完"),
        (
            "您{ships_on:date}的一盒照常发出，但您加购的商品余量不足，未能放入，也不会收费。",
            "",
            Each("names", "- {added:name}", "未放入："),
            "",
            "您可以在账户中另选其他商品。",
            _ACCOUNT_ZH,
        ),
    ),
    "price_change": Template(
        ("自{effective_on:date}起的新价格", "您的价格有变"),
        (
            "您的每盒价格将于{effective_on:date}变更。",
            "方案：{plan:name}",
            "在此之前每盒：{old_cents:money}",
            "自该日起每盒：{new_cents:money}",
            "",
            "在该日之前锁定的盒子仍按今天的价格收费。您可以随时暂停或取消，无需理由。",
            _ACCOUNT_ZH,
        ),
    ),
    "coupon_ended": Template(
        ("优惠码 {code} 已停用", "一个优惠码已停用"),
        (
            "优惠码 {code} 并非面向所有人，现已停用。您接下来的盒子按方案价格收费。",
            "方案：{plan:name}",
            "",
            "已开账单的盒子价格不变。您可以随时暂停或取消，无需理由。",
            _ACCOUNT_ZH,
        ),
    ),
    "credit_given": Template(
        ("您有{amount_cents:money}余额", "您有余额可用"),
        (
            "我们已将{amount_cents:money}存入您的余额，它会自动用于支付您接下来的盒子。",
            "{note}",
            "",
            "您现在的余额：{balance_cents:money}",
            _ACCOUNT_ZH,
        ),
    ),
}
