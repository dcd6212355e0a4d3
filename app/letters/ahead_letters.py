"""The letters about boxes paid ahead, gifts and other days, in English and Chinese."""

from app.letters.wording import Template

_EN_ACCOUNT = "Your account: {home_path:link}"
_EN_PLAN = "Plan: {plan:name}"
_EN_RECEIPT = "Please keep this letter as your receipt."
_ZH_ACCOUNT = "您的账户：{home_path:link}"
_ZH_PLAN = "方案：{plan:name}"
_ZH_RECEIPT = "请保存这封信作为凭证。"

ENGLISH_AHEAD = {
    "term_ordered": Template(
        ("{boxes} boxes paid ahead", "Boxes paid ahead"),
        (
            "You have ordered {boxes} boxes at once. They are charged now, and nothing more is"
            " charged for them later.",
            _EN_PLAN,
            "Price before tax: {amount_cents:money}",
            "After the last one as many again are ordered: {again}. You can switch this off.",
            "",
            "If you skip a box or pause, your boxes come later; none is lost.",
            _EN_ACCOUNT,
            "",
            _EN_RECEIPT,
        ),
    ),
    "term_ordered_ahead": Template(
        ("{boxes} boxes paid ahead", "Boxes paid ahead"),
        (
            "You have ordered {boxes} boxes at once. They are charged on {charged_on:date}, and"
            " nothing more is charged for them later. Until the day before you can leave and pay"
            " nothing.",
            _EN_PLAN,
            "Price before tax: {amount_cents:money}",
            "After the last one as many again are ordered: {again}. You can switch this off.",
            "",
            "If you skip a box or pause, your boxes come later; none is lost.",
            _EN_ACCOUNT,
            "",
            _EN_RECEIPT,
        ),
    ),
    "subscription_ended": Template(
        ("That was your last box",),
        (
            "All boxes that were ordered have come. Nothing more ships, and nothing more is"
            " charged.",
            _EN_PLAN,
            "",
            "If you would like to go on, you find all plans here: {home_path:link}",
        ),
    ),
    "subscription_runs_out": Template(
        ("Your subscription ends after the boxes that are paid",),
        (
            "Your subscription is cancelled. The boxes that you have paid still come; after the"
            " last one it ends, and nothing more is charged.",
            _EN_PLAN,
            _EN_ACCOUNT,
            "",
            _EN_RECEIPT,
        ),
    ),
    "box_rescheduled": Template(
        ("Another day: your box ships on {ships_on:date}", "Your box ships on another day"),
        (
            "Your box ships on {ships_on:date}, as you wished.",
            "Until now it was to ship on {before_on:date}.",
            _EN_PLAN,
            "You can change it until {cutoff_at:moment}.",
            "The box after it ships on {next_ships_on:date}.",
            "",
            _EN_ACCOUNT,
            "",
            _EN_RECEIPT,
        ),
    ),
    "cut_off_near": Template(
        ("Your box of {ships_on:date}: anything to change?", "Your next box: anything to change?"),
        (
            "Your next box ships on {ships_on:date}.",
            "You can change, move or skip it until {cutoff_at:moment}.",
            _EN_PLAN,
            "",
            "How much coffee is left at home? One tap tells us, and your boxes come in time:"
            " {left_path:link}",
            "",
            _EN_ACCOUNT,
        ),
    ),
    "rhythm_changed": Template(
        ("Your boxes come in another rhythm",),
        (
            "Your boxes come in another rhythm from now on.",
            _EN_PLAN,
            "Your next box ships on {next_ships_on:date}.",
            "The one after it ships on {then_on:date}.",
            "",
            _EN_ACCOUNT,
            "",
            _EN_RECEIPT,
        ),
    ),
    "gift_given": Template(
        ("Your gift for {recipient}", "Your gift"),
        (
            "Your gift is on its way: {boxes} boxes for {recipient}.",
            _EN_PLAN,
            "We tell {recipient} about it on {reveals_on:date}, and not a day before.",
            "The first box ships on {first_on:date}.",
            "Price before tax: {amount_cents:money}",
            "It ends by itself after the last box. Nothing more is charged.",
            "",
            "Until the first box is packed you can change who gets it: {gifts_path:link}",
            "",
            _EN_RECEIPT,
        ),
    ),
    "gift_revealed": Template(
        ("{giver} sends you coffee", "Somebody sends you coffee"),
        (
            "{giver} gives you {boxes} boxes of coffee.",
            "“{message}”",
            "",
            _EN_PLAN,
            "Your first box ships on {first_on:date}.",
            "",
            "Please look whether we have your address, and tell us what you must not drink:"
            " {claim_path:link}",
            "",
            "You need no account and no card. It ends by itself after the last box.",
        ),
    ),
    "gift_address_missing": Template(
        ("Your gift waits for an address",),
        (
            "We have packed nothing for {recipient} yet, because we do not know where to send it.",
            _EN_PLAN,
            "The box was to ship on {ships_on:date}. It is not lost: it goes out as soon as there"
            " is an address.",
            "",
            "You can give us one here: {gifts_path:link}",
        ),
    ),
}

CHINESE_AHEAD = {
    "term_ordered": Template(
        ("已预付 {boxes} 盒", "已预付"),
        (
            "您一次订购了 {boxes} 盒。费用现在一次收取，之后不再为这些盒子收费。",
            _ZH_PLAN,
            "税前价格：{amount_cents:money}",
            "最后一盒之后将再订 {again} 盒，您可以关闭自动续订。",
            "",
            "跳过或暂停只会推迟，不会少一盒。",
            _ZH_ACCOUNT,
            "",
            _ZH_RECEIPT,
        ),
    ),
    "term_ordered_ahead": Template(
        ("已预订 {boxes} 盒", "已预订"),
        (
            "您一次订购了 {boxes} 盒。费用将于{charged_on:date}一次收取，之后不再为这些盒子收费。"
            "在那之前，您可以随时离开，无需支付任何费用。",
            _ZH_PLAN,
            "税前价格：{amount_cents:money}",
            "最后一盒之后将再订 {again} 盒，您可以关闭自动续订。",
            "",
            "跳过或暂停只会推迟，不会少一盒。",
            _ZH_ACCOUNT,
            "",
            _ZH_RECEIPT,
        ),
    ),
    "subscription_ended": Template(
        ("这是您的最后一盒",),
        (
            "订购的盒子已全部寄出。之后不再发货，也不再收费。",
            _ZH_PLAN,
            "",
            "如果您想继续，可在这里查看所有方案：{home_path:link}",
        ),
    ),
    "subscription_runs_out": Template(
        ("已付的盒子寄完后，您的订阅将结束",),
        (
            "您的订阅已取消。已付款的盒子仍会寄出，最后一盒之后订阅结束，不再收费。",
            _ZH_PLAN,
            _ZH_ACCOUNT,
            "",
            _ZH_RECEIPT,
        ),
    ),
    "box_rescheduled": Template(
        ("改期：您的盒子将于{ships_on:date}发货", "您的盒子改期发货"),
        (
            "按您的要求，您的盒子将于{ships_on:date}发货。",
            "原定日期是{before_on:date}。",
            _ZH_PLAN,
            "在{cutoff_at:moment}之前您仍可修改。",
            "之后的一盒将于{next_ships_on:date}发货。",
            "",
            _ZH_ACCOUNT,
            "",
            _ZH_RECEIPT,
        ),
    ),
    "cut_off_near": Template(
        ("{ships_on:date}的一盒：需要更改吗？", "您的下一盒：需要更改吗？"),
        (
            "您的下一盒将于{ships_on:date}发货。",
            "在{cutoff_at:moment}之前，您可以更改、改期或跳过。",
            _ZH_PLAN,
            "",
            "家里还剩多少咖啡？点一下告诉我们，盒子就会来得正是时候：{left_path:link}",
            "",
            _ZH_ACCOUNT,
        ),
    ),
    "rhythm_changed": Template(
        ("您的配送频率已更改",),
        (
            "从现在起，您的盒子按新的频率寄出。",
            _ZH_PLAN,
            "您的下一盒将于{next_ships_on:date}发货。",
            "再下一盒将于{then_on:date}发货。",
            "",
            _ZH_ACCOUNT,
            "",
            _ZH_RECEIPT,
        ),
    ),
    "gift_given": Template(
        ("您送给{recipient}的礼物", "您的礼物"),
        (
            "您的礼物已安排好：送给{recipient} {boxes} 盒。",
            _ZH_PLAN,
            "我们会在{reveals_on:date}告诉{recipient}，不会提前。",
            "第一盒将于{first_on:date}发货。",
            "税前价格：{amount_cents:money}",
            "最后一盒之后自动结束，不再收费。",
            "",
            "在第一盒打包之前，您可以更换收礼人：{gifts_path:link}",
            "",
            _ZH_RECEIPT,
        ),
    ),
    "gift_revealed": Template(
        ("{giver}送您咖啡", "有人送您咖啡"),
        (
            "{giver}送您 {boxes} 盒咖啡。",
            "“{message}”",
            "",
            _ZH_PLAN,
            "您的第一盒将于{first_on:date}发货。",
            "",
            "请确认我们有您的地址，并告诉我们您不能喝什么：{claim_path:link}",
            "",
            "您不需要账户，也不需要银行卡。最后一盒之后自动结束。",
        ),
    ),
    "gift_address_missing": Template(
        ("您的礼物还缺一个地址",),
        (
            "我们还没有给{recipient}打包，因为不知道寄到哪里。",
            _ZH_PLAN,
            "这一盒原定于{ships_on:date}发货。它不会丢失：有了地址就会寄出。",
            "",
            "您可以在这里填写地址：{gifts_path:link}",
        ),
    ),
}
