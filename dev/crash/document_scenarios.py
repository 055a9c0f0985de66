"""Scenarios of invoices whose documents are still to be made: kill -9 in the midst of a batch (R73, R81, R82)."""

import importlib
import os
import random
import signal
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import workers
from scenarios import Scenarios

from odoo import fields

# So long after somebody began with a document they count as dead, and a moment more.
LATER = timedelta(minutes=16)


class DocumentScenarios(Scenarios):
    def test_a_batch_of_documents_that_is_killed_is_made_once(self):
        """kill -9 while a batch is printed: another run leaves it alone, a later one makes each document, alone."""
        moves = self.without_documents(4)
        self.killed(_die_printing, self.database.name)
        assert self.marks(moves) == {4: 4}, self.marks(moves)
        self.dispatch()
        assert not self.made(moves), self.made(moves)
        self.dispatch(LATER)
        self.assert_all_left_once(moves)

    def test_a_document_that_kills_whoever_makes_it_fails_alone(self):
        """It takes two processes with it, once beside the others and once alone; then all others have left."""
        moves = self.without_documents(4)
        self.killed(_die_making, self.database.name, moves[0], timedelta())
        self.killed(_die_making, self.database.name, moves[0], LATER)
        self.dispatch(LATER * 2)
        lines = {move: self.line(move) for move in moves}
        assert lines[moves[0]].step_state == "failed", lines[moves[0]]
        self.assert_all_left_once(moves[1:])

    def test_a_payment_while_documents_are_made_costs_only_its_own(self):
        """A batch that is refused at its end goes on with what is printed: nobody else is printed again."""
        paid, *others = moves = self.without_documents(4)
        payment = self.meanwhile("account.move.send", "_link_invoice_documents", lambda: self.pay(paid))
        with self.printing() as printed, payment:
            self.dispatch()
        assert printed == [4], printed
        assert self.line(paid).step_state == "cancelled", self.line(paid)
        self.assert_all_left_once(others)
        assert paid not in self.made(moves), self.made(moves)

    def test_two_processes_make_documents_and_one_is_killed_at_some_moment(self):
        """Whichever it is and whenever: each invoice has one PDF in the end, and left once."""
        moves = self.without_documents(6)
        crew = [workers.start(workers.dispatch_once, self.database.name) for _each in range(2)]
        moment = random.uniform(0, 4)
        time.sleep(moment)
        workers.kill(random.choice(crew))
        for process in crew:
            workers.end(process)
        made = len(self.made(moves))
        self.dispatch()
        self.dispatch(LATER)
        self.assert_all_left_once(moves)
        return f"{made} of {len(moves)} were made when one was killed after {moment:.1f} s"

    def test_an_invoice_that_changes_while_documents_are_made_ahead_costs_only_its_own(self):
        """What was printed beside it is kept, and printed once (R73)."""
        moves = self.without_documents(4)
        self.env.cr.execute(
            "UPDATE chasing_schedule SET assigned_by = 'default', first_sent_at = NULL, next_at = %s"
            " WHERE move_id = ANY(%s)",
            [fields.Datetime.now() + timedelta(hours=1), moves],
        )
        self.env.cr.execute(
            "UPDATE chasing_step t SET scheduled_at = s.next_at, state = 'planned', prediction_code = NULL"
            " FROM chasing_schedule s WHERE s.id = t.schedule_id AND s.move_id = ANY(%s)",
            [moves],
        )
        self.env.cr.commit()
        self.env.invalidate_all()
        change = self.meanwhile("chasing.document.ahead", "_keep", lambda: self.forget(moves[0]))
        with self.printing() as printed, change:
            self.env["chasing.document.ahead"]._cron_make()
        self.env.cr.rollback()
        kept = self.env["chasing.document.ahead"].search([("digest", "!=", False)]).move_id.ids
        assert sorted(kept) == sorted(moves), (kept, moves)
        assert printed == [4, 1], printed

    # --- what the scenarios are made of ----------------------------------------------------------

    def without_documents(self, count):
        """Let only so many invoices be due, and take their PDFs away; returns their ids."""
        self.env.cr.rollback()
        moves = self.due(count)
        self.env.cr.execute("DELETE FROM ir_attachment WHERE res_model = 'account.move' AND res_id = ANY(%s)", [moves])
        # nothing answers there, and at once
        self.env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")
        self.env.cr.commit()
        return moves

    @contextmanager
    def printing(self):
        """Give how many documents were printed each time."""
        printing = importlib.import_module("odoo.addons.invoice_chasing.models.common.printing")
        original, printed = printing.Press.print, []

        def noted(press, command, documents):
            printed.append(len(documents))
            return original(press, command, documents)

        with patch.object(printing.Press, "print", noted):
            yield printed

    def forget(self, move):
        """What is made ahead of an invoice is forgotten, as it is when that is reset to draft."""
        with workers.environment(self.database.name) as env:
            env["chasing.document.ahead"]._forget(env["account.move"].browse(move))
            env.cr.commit()

    def killed(self, job, *arguments):
        process = workers.start(job, *arguments)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode

    def dispatch(self, later=timedelta()):
        """The scheduled action, as much later as that."""
        with workers.environment(self.database.name, fields.Datetime.now() + later) as env:
            env["chasing.dispatcher"]._cron_dispatch()

    def marks(self, moves):
        """{with how many they were tried, without an end: how many of these}."""
        self.env.cr.rollback()
        return Counter(self.env["account.move"].browse(moves).chasing_schedule_id.mapped("documents_together"))

    def made(self, moves):
        self.env.cr.rollback()
        attachments = self.env["ir.attachment"].search([
            ("res_model", "=", "account.move"),
            ("res_field", "=", "invoice_pdf_report_file"),
            ("res_id", "in", moves),
        ])
        return Counter(attachments.mapped("res_id"))

    def assert_all_left_once(self, moves):
        made = self.made(moves)
        assert made == dict.fromkeys(moves, 1), made
        for move in moves:
            line = self.line(move)
            assert (line.state, line.step_state) == ("queued", "under_way"), line


def _die_printing(database_name):
    """kill -9 as a batch is about to be printed: what is tried is written down by then."""
    printing = importlib.import_module("odoo.addons.invoice_chasing.models.common.printing")
    workers.die_at(printing.Press, "print", 0, before=True)
    workers.dispatch_once(database_name)


def _die_making(database_name, move_id, later):
    """The scheduled action, in a process that dies over the document of this invoice."""
    with workers.environment(database_name, fields.Datetime.now() + later) as env:
        sender = type(env["account.move.send"])
        generate = sender._chasing_generate

        def deadly(model, moves, attempt):
            if move_id in moves.ids:
                os.kill(os.getpid(), signal.SIGKILL)
            return generate(model, moves, attempt)

        sender._chasing_generate = deadly
        while env["chasing.dispatcher"]._count_due(fields.Datetime.now() + later):
            env["chasing.dispatcher"]._cron_dispatch()
