"""The letters to the shop's own staff, in both languages."""

from app.letters.wording import Each, Template

ENGLISH_STAFF = {
    "box_held_staff": Template(
        ("On hold: box {order_number}", "A box is on hold"),
        (
            "A box is on hold and needs somebody to look at it.",
            "Order: {order_number}",
            "Subscription: {subscription_number}",
            "Subscriber: {person_email}",
            "Plan: {plan:name}",
            "Ships on: {ships_on:date}",
            "Reason: {reason:reason}",
        ),
    ),
    "box_unpaid_staff": Template(
        ("Unpaid: invoice {invoice_number}", "A box stayed unpaid"),
        (
            "A box stayed unpaid after the last try and is called off.",
            "Invoice: {invoice_number}",
            "Order: {order_number}",
            "Subscription: {subscription_number}",
            "Subscriber: {person_email}",
            "Plan: {plan:name}",
            "Amount: {amount_cents:money}",
            "Ships on: {ships_on:date}",
            "Reason: {reason:reason}",
            "What follows: {follows:reason}.",
        ),
    ),
    "subscription_ended_unpaid_staff": Template(
        ("Ended unpaid: subscription {subscription_number}", "A subscription has ended unpaid"),
        (
            "A subscription has ended because its boxes stayed unpaid.",
            "Subscription: {subscription_number}",
            "Plan: {plan:name}",
            "Reason: {reason:reason}",
        ),
    ),
    "stock_capped_staff": Template(
        ("Not enough stock for {product:name}", "Not enough stock"),
        (
            "Somebody wanted more than there is in stock.",
            "Coffee: {product:name}",
            "Asked for {wanted}, given {given}.",
            "Subscription: {subscription_number}",
            "Order: {order_number}",
            "Ships on: {ships_on:date}",
        ),
    ),
    "dispute_opened": Template(
        ("A payment is disputed: invoice {invoice_number}", "A payment is disputed"),
        (
            "A cardholder's bank disputes a payment and takes the money back for now. The boxes of"
            " this subscription are kept back until it is decided.",
            "Invoice: {invoice_number}",
            "Amount: {amount_cents:money}",
            "What the bank says: {reason:reason}",
            "Evidence is due by: {due_by:moment}",
        ),
    ),
    "refund_failed": Template(
        ("A refund failed: invoice {invoice_number}", "A refund failed"),
        (
            "A refund did not reach the subscriber. The money is back with the payment provider.",
            "Invoice: {invoice_number}",
            "Amount: {amount_cents:money}",
            "Reason of the refund: {reason:reason}",
            "",
            "Please find another way to give it back.",
        ),
    ),
    "hook_off": Template(
        ("Switched off: webhooks to {endpoint_name}", "A webhook address is switched off"),
        (
            "An address is not told of what happens any more.",
            "Name: {endpoint_name}",
            "Address: {endpoint_url}",
            "Reason: {reason:reason}",
            "",
            "Nothing is lost. Switch it on under Webhooks, then send what failed once more.",
        ),
    ),
    "books_violated": Template(
        ("The books do not add up: {count} findings", "The books do not add up"),
        (
            "The check of the books found something that must not be.",
            "Checked: {checked_at:moment}",
            "",
            Each("violations", "- {rule}: {what}", "Findings:"),
            "",
            "Nothing was changed. Please look into it before the next batch is charged.",
        ),
    ),
}

CHINESE_STAFF = {
    "box_held_staff": Template(
        ("暂扣：订单 {order_number}", "有一盒被暂扣"),
        (
            "有一盒被暂扣，需要有人处理。",
            "订单号：{order_number}",
            "订阅号：{subscription_number}",
            "订阅人：{person_email}",
            "方案：{plan:name}",
            "发货日：{ships_on:date}",
            "原因：{reason:reason}",
        ),
    ),
    "box_unpaid_staff": Template(
        ("未付款：账单 {invoice_number}", "有一盒未付款"),
        (
            "最后一次扣款后仍未付款，这一盒已取消。",
            "账单号：{invoice_number}",
            "订单号：{order_number}",
            "订阅号：{subscription_number}",
            "订阅人：{person_email}",
            "方案：{plan:name}",
            "金额：{amount_cents:money}",
            "发货日：{ships_on:date}",
            "原因：{reason:reason}",
            "接下来：{follows:reason}。",
        ),
    ),
    "subscription_ended_unpaid_staff": Template(
        ("因未付款结束：订阅 {subscription_number}", "有一个订阅因未付款结束"),
        (
            "有一个订阅因盒子一直未付款而结束。",
            "订阅号：{subscription_number}",
            "方案：{plan:name}",
            "原因：{reason:reason}",
        ),
    ),
    "stock_capped_staff": Template(
        ("库存不足：{product:name}", "库存不足"),
        (
            "有人要的数量超过了库存。",
            "咖啡：{product:name}",
            "要 {wanted}，实得 {given}。",
            "订阅号：{subscription_number}",
            "订单号：{order_number}",
            "发货日：{ships_on:date}",
        ),
    ),
    "dispute_opened": Template(
        ("付款有争议：账单 {invoice_number}", "有一笔付款存在争议"),
        (
            "持卡人的银行对一笔付款提出争议，款项暂时被收回。争议解决之前，该订阅的盒子暂不发出。",
            "账单：{invoice_number}",
            "金额：{amount_cents:money}",
            "银行的说法：{reason:reason}",
            "请在此之前提交证据：{due_by:moment}",
        ),
    ),
    "refund_failed": Template(
        ("退款失败：账单 {invoice_number}", "退款失败"),
        (
            "有一笔退款未能到达订阅人，款项已退回支付服务商。",
            "账单号：{invoice_number}",
            "金额：{amount_cents:money}",
            "退款原因：{reason:reason}",
            "",
            "请用其他方式退还。",
        ),
    ),
    "hook_off": Template(
        ("已停用：发往 {endpoint_name} 的事件通知", "有一个事件通知地址已停用"),
        (
            "系统不再向这个地址通知事件。",
            "名称：{endpoint_name}",
            "地址：{endpoint_url}",
            "原因：{reason:reason}",
            "",
            "没有丢失任何内容。请在“事件通知”页面重新启用，再重发失败的通知。",
        ),
    ),
    "books_violated": Template(
        ("账目不平：{count} 处", "账目不平"),
        (
            "对账时发现了不应出现的情况。",
            "对账时间：{checked_at:moment}",
            "",
            Each("violations", "- {rule}：{what}", "发现如下："),
            "",
            "没有更改任何内容。请在下一批扣款之前处理。",
        ),
    ),
}
