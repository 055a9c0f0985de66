"""The forecast on 1,000,000 schedules with 1,300,000 steps to come: its first page, its days, today's line."""

from datetime import date, datetime, timedelta

from lxml import etree

from copies import company_ready, customers, many_schedules, six_steps
from figures import figure, median_ms
from odoo.tools import SQL

company_ready(env)
tomorrow = datetime.combine(date.today() + timedelta(1), datetime.min.time())
cadence = six_steps(env)
partner = customers(env, 1)
# as in life: a third runs, one in fifty is paused, the rest is paid
many_schedules(
    env,
    cadence,
    1_000_000,
    {
        "partner_id": SQL("%s", partner.id),
        "planned_tz": SQL("'UTC'"),
        "status": SQL("CASE WHEN n %% 50 = 0 THEN 'paused' WHEN n %% 3 = 0 THEN 'active' ELSE 'paid' END"),
        "hold_reason": SQL("CASE WHEN n %% 50 = 0 THEN 'paused' END"),
        "closure": SQL("CASE WHEN n %% 3 <> 0 AND n %% 50 <> 0 THEN 'paid' END"),
        "min_contact_days": SQL("CASE WHEN n %% 10 = 0 THEN 7 ELSE 0 END"),
        "next_at": SQL(
            "CASE WHEN n %% 3 = 0 AND n %% 50 <> 0 THEN %s::timestamp + n %% 480 * interval '1 hour' END", tomorrow
        ),
        "amount_residual_signed": SQL("CASE WHEN n %% 3 = 0 THEN 700 ELSE 0 END"),
    },
)
env.cr.execute("SET LOCAL session_replication_role = replica")
env.cr.execute(
    """
    INSERT INTO chasing_step
        (schedule_id, trigger, days, hour, occurrence, repeat_count, role_missing, channel_email, channel_sms, mode,
         state, reason_code, scheduled_at)
    SELECT s.id, 'after_due', 5 + k * 8, 9, 1, 1, 'skip', TRUE, k = 2,
        CASE WHEN s.id %% 20 = 0 AND k = 1 THEN 'ask' ELSE 'auto' END,
        CASE WHEN s.hold_reason IS NULL THEN 'planned' ELSE 'held' END, s.hold_reason,
        COALESCE(s.next_at, %(tomorrow)s) + k * interval '8 days'
    FROM chasing_schedule s, generate_series(0, 3) k WHERE s.status IN ('active', 'paused')
    """,
    {"tomorrow": tomorrow},
)
env.cr.commit()
env.cr.execute("ANALYZE chasing_schedule")
env.cr.execute("ANALYZE chasing_step")
env.invalidate_all()
outlook = env["chasing.outlook"]
view = env.ref("invoice_chasing.chasing_outlook_view_list")
names = [node.get("name") for node in etree.fromstring(view.arch).iter("field")]
names = [name for name in names if name != "move_id"]  # these invoices are not there


def page():
    outlook.web_search_read([], {name: {} for name in names}, limit=80, count_limit=10_001)


def days():
    outlook.formatted_read_group([], ["local_day:day", "outcome"], ["__count"])


figure("Steps to come", env["chasing.step"].search_count([]), "steps", "schedules", 1_000_000)
figure("The forecast's days by outcome", median_ms(env, days, 3), "ms", "limit", 10_000)
figure("The forecast's first page", median_ms(env, page, 3), "ms", "limit", 10_000)
figure("Today's line", median_ms(env, env["chasing.schedule"].get_today, 3), "ms", "limit", 1_000)
