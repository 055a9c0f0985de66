"""Seven days of chasing, run inside `dev/odoo shell`; prints what went out, when, to whom, and what did not and why."""

from datetime import timedelta

from odoo import fields

start = fields.Datetime.now().replace(hour=0, minute=0, second=0)
for hour in range(7 * 24):
    now = start + timedelta(hours=hour)
    env["chasing.dispatcher"]._dispatch(now)
    env.cr.commit()
    env["mail.mail"].process_email_queue()

print(f"{'when':16}  {'invoice':16}  {'channel':8}  {'to':32}  outcome")
for step in env["chasing.step"].search([("state", "not in", ("draft", "planned"))], order="scheduled_at"):
    when = fields.Datetime.to_string(step.sent_at or step.scheduled_at)[:16]
    if not step.delivery_ids:
        print(f"{when:16}  {step.move_id.name:16}  {'–':8}  {'–':32}  {step.state}: {step.reason or ''}")
    for delivery in step.delivery_ids:
        outcome = f"{delivery.state} {delivery.failure_reason or ''}"
        print(f"{when:16}  {step.move_id.name:16}  {delivery.channel:8}  {delivery.address:32}  {outcome}")
