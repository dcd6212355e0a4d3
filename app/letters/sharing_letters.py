"""The letters about groups that share a discount and about pledges, in English and Chinese."""

from app.letters.wording import Template

_EN_GROUP = "Your group: {group_path:link}"
_ZH_GROUP = "您的团购小组：{group_path:link}"

ENGLISH_SHARING = {
    "group_holds": Template(
        ("The discount of {group} holds", "Your group's discount holds"),
        (
            "There are enough of you: from now on every open box of each of you is {percent} %"
            " cheaper.",
            "Group: {group}",
            "Plan: {plan:name}",
            "It holds as long as there are at least {people} of you. Everybody pays for their own"
            " boxes.",
            "",
            _EN_GROUP,
        ),
    ),
    "group_short": Template(
        ("The discount of {group} ends", "Your group's discount ends"),
        (
            "Somebody has left your group, and there are not enough of you any more.",
            "Group: {group}",
            "Plan: {plan:name}",
            "Boxes that close before {ends_at:moment} still have the discount; later ones cost the"
            " whole price.",
            "As soon as there are {people} of you again, it holds again. You can invite others:",
            _EN_GROUP,
            "",
            "You can skip, pause or cancel whenever you like, without a reason.",
        ),
    ),
    "pledge_changed": Template(
        ("You pledge {amount_cents:money} a box", "Your pledge"),
        (
            "From now on you pay {amount_cents:money} for a box. It counts for every box that can"
            " still be changed.",
            "Plan: {plan:name}",
            "",
            "You can change it in your account: {home_path:link}",
            "",
            "Please keep this letter as your receipt.",
        ),
    ),
    "pledge_asked": Template(
        ("Can you pledge a little more?",),
        (
            "What all of you pledge for the box of {ships_on:date} does not cover it yet.",
            "Plan: {plan:name}",
            "Missing in all: {missing_cents:money}",
            "If everybody gave so much more, it would be covered: {each_cents:money}",
            "",
            "Whoever can gives more, so that nobody has to stay away. You need not do anything."
            " You can change your pledge until {cutoff_at:moment}:",
            "{pledge_path:link}",
        ),
    ),
}
CHINESE_SHARING = {
    "group_holds": Template(
        ("“{group}”的团购优惠已生效", "您的团购优惠已生效"),
        (
            "人数已够：从现在起，你们每个人所有尚可更改的盒子都优惠 {percent}%。",
            "团购小组：{group}",
            "方案：{plan:name}",
            "只要小组至少有 {people} 人，优惠就一直有效。每个人只付自己的盒子。",
            "",
            _ZH_GROUP,
        ),
    ),
    "group_short": Template(
        ("“{group}”的团购优惠即将结束", "您的团购优惠即将结束"),
        (
            "有人离开了小组，人数已不够。",
            "团购小组：{group}",
            "方案：{plan:name}",
            "在{ends_at:moment}之前截止的盒子仍有优惠，之后的盒子按原价收费。",
            "只要人数重新达到 {people} 人，优惠就会恢复。您可以邀请其他人：",
            _ZH_GROUP,
            "",
            "您可以随时跳过、暂停或取消，无需理由。",
        ),
    ),
    "pledge_changed": Template(
        ("您认付每盒{amount_cents:money}", "您的认付金额"),
        (
            "从现在起，您每盒支付{amount_cents:money}。这适用于所有尚可更改的盒子。",
            "方案：{plan:name}",
            "",
            "您可以在账户中更改：{home_path:link}",
            "",
            "请保存这封信作为凭证。",
        ),
    ),
    "pledge_asked": Template(
        ("您能多认付一点吗？",),
        (
            "大家为{ships_on:date}这一盒认付的金额还不够。",
            "方案：{plan:name}",
            "总共还差：{missing_cents:money}",
            "如果每人多付这么多，就够了：{each_cents:money}",
            "",
            "量力而行，互相帮助，让每个人都能参加。您不必做任何事。您可以在{cutoff_at:moment}之前更改认付金额：",
            "{pledge_path:link}",
        ),
    ),
}
