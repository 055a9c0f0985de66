from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged

from ...models.common import batches


@tagged("post_install", "-at_install")
class TestBatches(TransactionCase):
    """One loop for all that scheduled actions do in batches (R80, R82)."""

    def setUp(self):
        super().setUp()
        self.left, self.committed, self.rolled_back, self.seconds = list(range(6)), [], 0, 60
        self.enterContext(patch.object(self.registry["ir.cron"], "_commit_progress", self.commit_progress))
        self.enterContext(patch.object(self.env.cr, "rollback", self.roll_back))

    def commit_progress(self, processed=0, remaining=None):
        self.committed.append((processed, remaining))
        return self.seconds

    def roll_back(self):
        self.rolled_back += 1

    def work(self, batch):
        self.left = self.left[len(batch) :]
        return len(batch)

    def run_batches(self, work=None):
        return batches.run(self.env, lambda: self.left[:4], work or self.work, lambda: len(self.left))

    def refuse(self, times):
        """Work that the database refuses so many times first."""
        refusals = iter(range(times))

        def work(batch):
            if next(refusals, None) is not None:
                raise SerializationFailure
            return self.work(batch)

        return work

    def test_each_batch_is_committed_with_what_is_left(self):
        self.assertEqual(self.run_batches(), (True, True, 2))
        self.assertEqual(self.committed, [(4, 2), (2, 0), (0, 0)])

    def test_with_nothing_to_do_that_is_what_is_committed(self):
        self.left = []
        self.assertEqual(self.run_batches(), (True, True, 0))
        self.assertEqual(self.committed, [(0, 0)])

    def test_it_ends_when_the_time_is_up(self):
        self.seconds = 0
        self.assertEqual(self.run_batches(), (False, False, 4))
        self.assertEqual(self.committed, [(4, 2)])

    def test_a_batch_that_is_refused_is_undone_and_taken_anew(self):
        self.assertEqual(self.run_batches(self.refuse(batches.MAX_CONFLICTS - 1)), (True, True, 2))
        self.assertEqual(self.rolled_back, batches.MAX_CONFLICTS - 1)
        self.assertEqual(self.committed, [(4, 2), (2, 0), (0, 0)])

    def test_a_batch_that_is_refused_at_its_commit_is_taken_anew(self):
        refusals = iter([True])

        def commit_progress(_cron, processed=0, remaining=None):
            if next(refusals, False):
                self.left = list(range(6))
                raise SerializationFailure
            return self.commit_progress(processed, remaining)

        with patch.object(self.registry["ir.cron"], "_commit_progress", commit_progress):
            self.assertEqual(self.run_batches(), (True, True, 2))
        self.assertEqual((self.rolled_back, self.committed), (1, [(4, 2), (2, 0), (0, 0)]))

    def test_what_others_keep_changing_is_left_to_a_later_run(self):
        self.assertEqual(self.run_batches(self.refuse(batches.MAX_CONFLICTS)), (False, True, 0))
        self.assertEqual((self.rolled_back, self.committed), (batches.MAX_CONFLICTS, []))

    def test_batches_of_which_nothing_can_be_done_end_it_too(self):
        self.assertEqual(self.run_batches(lambda _batch: 0), (False, True, 0))
        self.assertEqual(self.committed, [(0, 6)] * batches.MAX_CONFLICTS)

    def test_another_error_is_the_callers(self):
        with self.assertRaises(ZeroDivisionError):
            self.run_batches(lambda batch: 1 / 0)
        self.assertEqual(self.rolled_back, 0)

    def test_by_turns_nothing_waits_for_the_end_of_something_else(self):
        """R80: a batch of each in turn, and what is done gives way."""
        left, done = {"a": 3, "b": 1}, []

        def task(name):
            def work(batch):
                left[name] -= 1
                done.append(batch)
                return 1

            return batches.Task(lambda: left[name] and name, work, lambda: left[name])

        self.assertEqual(batches.run_by_turns(self.env, task("a"), task("b")), (True, True, 1))
        self.assertEqual(done, ["a", "b", "a", "a"])
        self.assertEqual([remaining for _done, remaining in self.committed], [3, 2, 1, 0, 0])

    def test_by_turns_what_others_hold_stops_nothing_else(self):
        """R80: it is left to a later run when the rest is done."""
        left = {"held": 1, "free": 8}

        def work(_batch):
            left["free"] -= 1
            return 1

        held = batches.Task(lambda: "held", lambda _batch: 0, lambda: left["held"])
        free = batches.Task(lambda: left["free"] and "free", work, lambda: left["free"])
        self.assertFalse(batches.run_by_turns(self.env, held, free).is_complete)
        self.assertEqual(left, {"held": 1, "free": 0})
