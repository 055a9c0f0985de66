"""The Chasing screen on 1,000,000 schedules with their steps and messages: banner, cards, today's line and first page
in under 0.4 seconds."""

from ast import literal_eval
from datetime import date, datetime, timedelta

from lxml import etree

from copies import company_ready, copies, customers, many_schedules, many_steps, messages_to_come, post, six_steps, tidy
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
messages_to_come(env)
env.cr.commit()
tidy(env)
schedules = env["chasing.schedule"]
dashboard = env["chasing.dashboard"]
arch = etree.fromstring(env.ref("invoice_chasing.chasing_schedule_view_list").arch)
[needs_me] = etree.fromstring(env.ref("invoice_chasing.chasing_schedule_view_search").arch).xpath(
    "//filter[@name='needs_me']/@domain"
)
# what the columns' own fields read besides
names = {node.get("name") for node in arch.iter("field")} | {"status_reason", "last_contact_text", "phone", "acts"}
specification = {
    name: {"fields": {"display_name": {}}} if schedules._fields[name].type == "many2one" else {} for name in names
}


def page():
    schedules.web_search_read(
        literal_eval(needs_me), specification, limit=80, order=arch.get("default_order"), count_limit=10_001
    )


dashboard.get_cards()
queries = env.cr.sql_log_count
dashboard.get_cards()
figure("Queries of the cards", env.cr.sql_log_count - queries, "SQL", "limit", 1)
works = (dashboard.get_banner, dashboard.get_cards, dashboard.get_today, page)
banner, cards, today, first = (median_ms(env, work, 5) for work in works)
figure("The four cards on 1,000,000 schedules", cards, "ms", "limit", 100)
figure("Today's line on 1,000,000 schedules", today, "ms", "limit", 200)
figure("The first page of what needs me", first, "ms", "limit", 100)
figure("The screen opens", banner + cards + today + first, "ms", "limit", 400)
