"""The Chasing screen on 1,000,000 schedules with their steps and messages: cards, today's line and first page in under
a second."""

from datetime import date, datetime, timedelta

from lxml import etree

from copies import company_ready, copies, customers, many_schedules, many_steps, post, six_steps
from figures import figure, median_ms
from odoo.tools import SQL

company_ready(env)
tomorrow = datetime.combine(date.today() + timedelta(1), datetime.min.time())
source = post(env, customers(env, 1), date.today(), date.today() + timedelta(30))
cadence = six_steps(env)
# as in life: one in fifty wants somebody each way, a third runs, the rest is paid; only what is shown has its invoice
SHOWN = 80_000
moves = copies(env, source, customers(env, 1_000), SHOWN)
many_schedules(
    env,
    cadence,
    1_000_000 - SHOWN,
    {
        "status": SQL("CASE WHEN n %% 3 = 0 THEN 'active' ELSE 'paid' END"),
        "closure": SQL("CASE WHEN n %% 3 <> 0 THEN 'paid' END"),
        "next_at": SQL("CASE WHEN n %% 3 = 0 THEN %s::timestamp + n * interval '1 second' END", tomorrow),
        "amount_residual_signed": SQL("CASE WHEN n %% 3 = 0 THEN 700 ELSE 0 END"),
    },
)
env.cr.execute(
    """
    INSERT INTO chasing_schedule
        (move_id, company_id, partner_id, cadence_id, assigned_by, lifecycle, entry_point, age_basis, status, next_at,
         amount_residual_signed)
    SELECT id, company_id, partner_id, %s, 'default', 'running', 'next', 'invoice',
        (ARRAY['failed', 'will_fail', 'expired', 'paused'])[1 + n %% 4],
        %s::timestamp + n * interval '10 seconds', amount_residual_signed
    FROM unnest(%s) WITH ORDINALITY AS given (id, n) JOIN account_move USING (id)
    """,
    [cadence.id, tomorrow, moves.ids],
)
many_steps(env, tomorrow)
# what will fail does so with its second step and those that follow
env.cr.execute(
    """
    UPDATE chasing_step SET prediction_code = 'no_recipient' FROM chasing_schedule AS s
    WHERE s.id = schedule_id AND s.status = 'will_fail' AND chasing_step.scheduled_at > s.next_at
    """
)
env.cr.commit()
env.cr.execute("ANALYZE chasing_step")
schedules = env["chasing.schedule"]
dashboard = env["chasing.dashboard"]
view = env.ref("invoice_chasing.chasing_schedule_view_list")
names = [node.get("name") for node in etree.fromstring(view.arch).iter("field")]
needs_me = [
    "|", "|", ("status", "in", ("failed", "expired")), ("fails_soon", "=", True),
    "|", "&", ("status", "=", "stopped"), ("is_reopened", "=", True),
    "&", ("status", "=", "paused"), ("hold_reason", "=", "unapplied_payment"),
]  # fmt: skip


def page():
    schedules.web_search_read(needs_me, {name: {} for name in names}, limit=80, count_limit=10_001)


dashboard.get_cards()
queries = env.cr.sql_log_count
dashboard.get_cards()
figure("Queries of the cards", env.cr.sql_log_count - queries, "SQL", "limit", 1)
cards, today, first = (median_ms(env, work, 5) for work in (dashboard.get_cards, dashboard.get_today, page))
figure("The four cards on 1,000,000 schedules", cards, "ms", "limit", 1_000)
figure("Today's line on 1,000,000 schedules", today, "ms", "limit", 1_000)
figure("The first page of what needs me", first, "ms", "limit", 1_000)
figure("The screen opens", cards + today + first, "ms", "limit", 1_000)
