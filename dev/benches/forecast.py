"""The forecast on 1,000,000 schedules with 1,390,000 steps to come: its days, its first week and its first page."""

from datetime import date, datetime, timedelta

from lxml import etree

from copies import company_ready, customers, many_schedules, many_steps, messages_to_come, six_steps
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
many_steps(env, tomorrow)
messages_to_come(env)
outlook = env["chasing.forecast.line"]
view = env.ref("invoice_chasing.chasing_forecast_line_view_list")
names = [node.get("name") for node in etree.fromstring(view.arch).iter("field")]
names = [name for name in names if name != "move_id"]  # these invoices are not there


def page():
    outlook.web_search_read([], {name: {} for name in names}, limit=80, count_limit=10_001)


def days(domain=()):
    outlook.formatted_read_group(list(domain), ["local_day:day", "outcome"], ["__count"])


to_come = env["chasing.step"].search_count([("state", "in", ("planned", "held"))])
figure("Steps to come", to_come, "steps", "schedules", 1_000_000)
figure("The forecast's days by outcome", median_ms(env, days, 3), "ms", "limit", 2_000)
week = median_ms(env, lambda: days([("is_next_week", "=", True)]), 3)
figure("The days of its first week, as it opens", week, "ms", "limit", 2_000)
figure("The forecast's first page", median_ms(env, page, 3), "ms", "limit", 2_000)
figure(
    "Today and tomorrow, above the lists", median_ms(env, env["chasing.dashboard"].get_today, 3), "ms", "limit", 1_000
)
