"""The letters in Chinese, in simplified characters."""

from app.letters.ahead_letters import CHINESE_AHEAD
from app.letters.chinese_money import ACCOUNT, CHINESE_MONEY, ORDER, PLAN, RECEIPT, SHIPS, WHY
from app.letters.price_letters import CHINESE_PRICES
from app.letters.reasons import CHINESE_REASONS
from app.letters.sharing_letters import CHINESE_SHARING
from app.letters.staff_letters import CHINESE_STAFF
from app.letters.wait_letters import CHINESE_WAITING
from app.letters.wording import Each, Language, Template

SUBSCRIPTION = "订阅号：{subscription_number}"


LETTERS = {
    "welcome": Template(
        ("欢迎来到 {shop_name}",),
        (
            "感谢您的加入，您的订阅已生效。",
            PLAN,
            "",
            Each("dates", "- {item:date}", "最初几盒的发货日："),
            "",
            "您可以慢慢考虑：{free_until:date}（含当天）之前不会收取任何费用，在此之前离开无需付款。",
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
            "换上了什么，{reveals_at:moment}起可以看到。",
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
    letters=LETTERS
    | CHINESE_MONEY
    | CHINESE_AHEAD
    | CHINESE_PRICES
    | CHINESE_WAITING
    | CHINESE_SHARING
    | CHINESE_STAFF,
)
