"""What must hold of groups that share a discount and of pledges, as questions in SQL."""

from app.finance.rules import Question

PEOPLE = """SELECT g.id, g.code, (p.price_terms -> 'group' ->> 0)::int AS wanted,
       count(DISTINCT coalesce(s.payer_id, s.subscriber_id)) AS people,
       EXISTS (SELECT FROM group_span x WHERE x.group_id = g.id AND x.until_at IS NULL) AS holds
FROM buying_group g JOIN plan p ON p.id = g.plan_id
LEFT JOIN group_member m ON m.group_id = g.id AND m.left_at IS NULL
LEFT JOIN subscription s ON s.id = m.subscription_id AND s.status IN ('active', 'paused')
GROUP BY g.id, p.id"""

# A group's discount belongs to a box if it held for its subscription at the box's cut-off.
SHARED = """SELECT FROM group_member m JOIN group_span x ON x.group_id = m.group_id
WHERE m.subscription_id = b.subscription_id
  AND greatest(m.joined_at, x.from_at) <= b.cutoff_at
  AND b.cutoff_at < coalesce(m.left_at, 'infinity')
  AND b.cutoff_at < coalesce(x.until_at, 'infinity')"""

QUESTIONS = (
    Question(
        "I5",
        f"""SELECT 'group ' || x.code, x.people || ' people of ' || coalesce(x.wanted::text, 'none')
                   || ', its discount ' || CASE WHEN x.holds THEN 'holds' ELSE 'does not hold' END
            FROM ({PEOPLE}) AS x WHERE x.holds <> coalesce(x.people >= x.wanted, false)""",
    ),
    Question(
        "I5",
        f"""SELECT 'invoice ' || i.number, 'has the discount of a group that its box is not in'
            FROM invoice i JOIN box b ON b.invoice_id = i.id
            JOIN invoice_line l ON l.invoice_id = i.id AND l.kind = 'reduction'
            WHERE l.text LIKE 'Group: %' AND i.status <> 'void' AND i.term_id IS NULL
              AND i.issued_at >= b.cutoff_at AND NOT EXISTS ({SHARED})""",
    ),
    Question(
        "I5",
        """SELECT 'box ' || b.number, 'is frozen at ' || b.price_cents || ' cents, pledged were '
                  || p.cents
           FROM box b JOIN LATERAL (SELECT cents FROM pledge
             WHERE subscription_id = b.subscription_id AND pledged_at <= b.cutoff_at
               AND coalesce(ended_at, 'infinity') > b.locked_at
             ORDER BY id DESC LIMIT 1) p ON true
           WHERE b.price_cents <> p.cents""",
    ),
)
