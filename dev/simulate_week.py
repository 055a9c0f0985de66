"""Seven days of chasing, run inside `dev/odoo shell`.

Prints what went out, when and to whom, and what did not go out and why. Each quarter of an hour is dispatched as the
scheduled action would; in the middle of the week one customer pays.
"""

from datetime import timedelta

from odoo import fields

DAYS = 7
LINE = "{:16}  {:18}  {:7}  {:34}  {}"


def pay_one_invoice(now):
    """Register the payment of the first invoice that has been chased and still has steps to come."""
    chased = [("state", "=", "planned"), ("schedule_id.step_ids.delivery_ids", "!=", False)]
    step = env["chasing.step"].search(chased, order="scheduled_at, id", limit=1)
    move = step.move_id.with_context(chasing_now=now)
    if move:
        wizard = env["account.payment.register"].with_context(
            chasing_now=now, active_model="account.move", active_ids=move.ids
        )
        wizard.create({"payment_date": now.date()}).action_create_payments()
        print(f"{now:%Y-%m-%d %H:%M}  {move.name} was paid; nothing more goes out for it.\n")


def rows(step):
    when = f"{step.sent_at or step.scheduled_at:%Y-%m-%d %H:%M}"
    for delivery in step.delivery_ids:
        outcome = " ".join(f"{delivery.state} {delivery.failure_reason or ''}".split())
        yield LINE.format(when, step.move_id.name or "draft", delivery.channel, delivery.address, outcome)
    if not step.delivery_ids:
        outcome = f"{step.state} {step.reason or ''}"
        yield LINE.format(when, step.move_id.name or "draft", "–", step.move_id.partner_id.name or "", outcome)


start = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
now = start
while now < start + timedelta(days=DAYS):
    counts = env["chasing.dispatcher"]._dispatch(now)
    if now == start + timedelta(days=DAYS // 2):
        pay_one_invoice(now)
    env.cr.commit()
    if counts["claimed"]:
        env["mail.mail"].process_email_queue()
    now += timedelta(minutes=15)

print(LINE.format("when (UTC)", "invoice", "channel", "to", "outcome"))
settled = env["chasing.step"].search([("state", "not in", ("draft", "planned")), ("scheduled_at", "<", now)])
for step in settled.sorted(lambda step: (step.sent_at or step.scheduled_at, step.id)):
    print("\n".join(rows(step)))
print(f"\n{len(settled)} steps came due from {start:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC.")
