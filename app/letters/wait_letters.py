"""The letters about places: of those who wait, and to staff when a plan is full."""

from app.letters.wording import Template

ENGLISH_WAITING = {
    "wait_list_joined": Template(
        ("You are on the wait-list",),
        (
            "We are sorry that all boxes of this kind are taken just now. You are on the"
            " wait-list: as soon as a place is free and it is your turn, we write to you.",
            "Plan: {plan:name}",
            "The place is then kept for you for so many days: {hold_days}. After that it goes to"
            " whoever comes next.",
            "",
            "See your turn, or leave the list: {waiting_path:link}",
        ),
    ),
    "place_lost": Template(
        ("The last place was taken before yours",),
        (
            "We are sorry: while you gave your card, the last place of this plan was taken."
            " Nothing was charged, and nothing will be.",
            "Plan: {plan:name}",
            "You are on the wait-list. As soon as a place is free and it is your turn, we write to"
            " you and keep it for so many days: {hold_days}.",
            "",
            "See your turn, or leave the list: {waiting_path:link}",
        ),
    ),
    "place_free": Template(
        ("A place is free for you",),
        (
            "Thank you for waiting. A place is free, and it is yours if you like.",
            "Plan: {plan:name}",
            "We keep it for you until {held_until:moment}. After that it goes to whoever comes"
            " next.",
            "",
            "Take your place: {waiting_path:link}",
        ),
    ),
    "plan_full": Template(
        ("Full: {plan:name}", "A plan is full"),
        (
            "All places of a plan are taken. It takes nobody any more, and offers a wait-list"
            " instead.",
            "Plan: {plan:name}",
            "Size: {size}",
            "Places taken or kept: {boxes}",
            "Worth of the boxes of one cycle: {amount_cents:money}",
            "",
            "Under Plans, Places you can let in more.",
        ),
    ),
}

CHINESE_WAITING = {
    "wait_list_joined": Template(
        ("您已在候补名单上",),
        (
            "很抱歉，这种盒子目前已满额。您已加入候补名单：一有空位并轮到您，我们就会写信给您。",
            "方案：{plan:name}",
            "届时名额为您保留 {hold_days} 天，之后转给下一位。",
            "",
            "查看您的顺位或退出名单：{waiting_path:link}",
        ),
    ),
    "place_lost": Template(
        ("最后一个名额已被占用",),
        (
            "很抱歉，在您填写银行卡时，这个方案的最后一个名额已被占用。没有收取任何费用，以后也不会。",
            "方案：{plan:name}",
            "您已加入候补名单。一有空位并轮到您，我们就会写信给您，并为您保留 {hold_days} 天。",
            "",
            "查看您的顺位或退出名单：{waiting_path:link}",
        ),
    ),
    "place_free": Template(
        ("有一个名额留给您",),
        (
            "感谢您的等候。现在有一个空位，只要您愿意，它就是您的。",
            "方案：{plan:name}",
            "我们为您保留到{held_until:moment}，之后转给下一位。",
            "",
            "使用您的名额：{waiting_path:link}",
        ),
    ),
    "plan_full": Template(
        ("已满额：{plan:name}", "有一个方案已满额"),
        (
            "一个方案的名额已全部占用。它不再接受新的订阅，而是提供候补名单。",
            "方案：{plan:name}",
            "规格：{size}",
            "已占用或保留的名额：{boxes}",
            "一期盒子的总价：{amount_cents:money}",
            "",
            "您可以在“方案”的“名额”页面放宽限制。",
        ),
    ),
}
