"""The scenarios of the forecast: what changes while an invoice is foretold, and what is marked while others send it."""

import importlib
from unittest.mock import patch

import workers
from psycopg2.errors import SerializationFailure
from scenarios import Scenarios


class ForecastScenarios(Scenarios):
    def test_a_change_that_commits_while_it_is_foretold_is_foretold_next(self):
        """R96: only the step's row is written, and its invoice is marked already: the mark alone would hide it."""
        [move] = self.due(1)
        self.mark(move)
        self.take_snapshot()
        self.block(move)
        self.foretell()
        assert self.outcomes(move) == {"goes"}, self.outcomes(move)
        self.foretell()
        assert self.outcomes(move) == {"left"}, self.outcomes(move)

    def test_a_change_that_commits_after_it_was_foretold_is_foretold_next(self):
        """R96: whoever writes it saw the mark, which is gone as the change is committed."""
        [move] = self.due(1)
        self.mark(move)
        with workers.environment(self.database.name) as person:
            person.cr.execute("SELECT 1")
            self.foretell()
            self.block(move, person)
        self.foretell()
        assert self.outcomes(move) == {"left"}, self.outcomes(move)

    def test_what_is_foretold_leaves_no_change_behind(self):
        """R96: what whoever foretells has seen is noted no more."""
        [move] = self.due(1)
        self.mark(move)
        self.block(move)
        self.foretell()
        self.env.cr.execute("SELECT count(*) FROM chasing_forecast_change")
        assert self.env.cr.fetchone() == (0,)

    def test_a_companys_change_while_it_is_foretold_refuses_that(self):
        """R96: its hours; those of its invoices that are marked already would not be marked again."""
        [move] = self.due(1)
        self.mark(move)
        self.take_snapshot()
        # found only once Odoo knows where its addons are
        prediction = importlib.import_module("odoo.addons.invoice_chasing.models.forecast.chasing_prediction")
        with workers.environment(self.database.name) as person, patch.object(prediction, "MARK_LIMIT", 0):
            person.company.chasing_window_from += 1
            person.cr.commit()
        try:
            self.foretell()
        except SerializationFailure:
            self.env.cr.rollback()
            return
        raise AssertionError("it was foretold by the hours of before")

    def test_a_mail_queue_writes_nothing_of_what_others_change(self):
        """R81: the forecast's mark, too, is written when the result is followed: else the message would come twice."""
        [move] = self.due(1)
        self.dispatch()
        self.foretell()
        assert not self.schedule(move).is_forecast_stale
        self.hand_over_while(lambda: self.add_later_step(move))
        line = self.lines(move)[0]
        assert self.arrived() == [line.message], f"{line.message} came {len(self.arrived())} times"
        assert (line.state, line.step_state) == ("sent", "sent"), line
        assert self.schedule(move).is_forecast_stale

    # --- what the scenarios are made of ----------------------------------------------------------

    def mark(self, move):
        """Let nothing but this invoice be marked."""
        self.foretell()
        self.schedule(move).is_forecast_stale = True
        self.env.cr.commit()

    def block(self, move, person=None):
        """Let somebody else write that a step would reach nobody, and nothing of its schedule."""
        if not person:
            with workers.environment(self.database.name) as person:
                self.block(move, person)
            return
        step = person["account.move"].browse(move).chasing_schedule_id.step_ids.filtered("scheduled_at")[:1]
        step.unreached = dict.fromkeys(step._channels(), "blacklisted")
        person.cr.commit()

    def foretell(self):
        self.env.invalidate_all()
        messages = self.env["chasing.forecast.message"]
        self.env["chasing.forecast.change"]._mark()
        messages._refresh_each(messages._stale())
        self.env.cr.commit()

    def outcomes(self, move):
        """What is told of the invoice's first step to come."""
        messages = self.env["chasing.forecast.message"].search([("schedule_id.move_id", "=", move)], order="at")
        return set(messages.filtered(lambda one: one.step_id == messages[:1].step_id).mapped("outcome"))
