from odoo import api, models

from ..email.chasing_pace import Queue
from ..engine import pace


class ChasingPace(models.AbstractModel):
    """Keep what a person sends to many within what each mail server takes (R102, R113)."""

    _inherit = "chasing.pace"

    @api.model
    def _ready(self, steps_of, now, has_waited):
        """Return (how many of these a person may send now, the UTC instant at which the next may go).

        What a person sends in the background waits for no one else, but within the sending window once it waited.

        :param steps_of: {record: its steps} in the order in which they are sent
        :param has_waited: whether earlier ones had to wait
        """
        steps = self.env["chasing.step"].union(*steps_of.values())
        chosen = self._servers(steps.schedule_id, only_limited=True)
        paced = {server for server in chosen.values() if server and server._chasing_pace()}
        if not paced:
            return len(steps_of), False
        servers, messages = self.env["ir.mail_server"].sudo().union(*paced), self._messages(steps)
        turns, loads = self._take_turn(servers), self._loads(servers, now)
        queues = {server: Queue(server._chasing_pace(), loads[server], server in turns) for server in servers}
        for number, (_record, group) in enumerate(steps_of.items()):
            for step in group.filtered(messages.get):
                queue, policy = queues.get(chosen.get(step.schedule_id)), self._policy(step.company_id)
                if not queue:
                    continue
                if (has_waited and not pace.is_open(now, policy)) or not queue.takes(messages[step]):
                    return number, queue.next_turn(messages[step], now, policy)
        return len(steps_of), False

    @api.model
    def _messages(self, steps):
        """Return {step: how many e-mails it sends if a person sends it now}."""
        channels = {step: step._channels() & {self.env["chasing.channel.email"]._code} for step in steps}
        resolved = self.env["chasing.address.book"]._resolve(steps, channels, by_person=True)
        recipients = {
            step: step._pending_recipients(channel, resolution.recipients)
            for (step, channel), resolution in resolved.items()
        }
        return {step: sum(not recipient.problem for recipient in found) for step, found in recipients.items()}
