"""What people do in a real browser against the test's own data: with the mouse, clicks counted, and by keyboard."""

from contextlib import ExitStack, contextmanager
from functools import partial

from odoo.tests import HttpCase
from odoo.tests.common import ChromeBrowser

from .builders import ChasingCommon
from .page import Page

DESKTOP, PHONE = (1400, 900), (360, 800)


class BrowserCase(ChasingCommon, HttpCase):
    """A manager and a collector, `page_manager` and `page_collector`, whose acts take place in Chromium."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_user("page_manager", "invoice_chasing.group_manager,account.group_account_invoice", lang="en_US")
        cls.make_user("page_collector", "invoice_chasing.group_user,base.group_partner_manager", lang="en_US")

    def task(self, path, steps, clicks, login="page_collector"):
        """Do a task by keyboard alone, undo it, and do it with the mouse in no more than so many clicks.

        What the mouse did stays, to be looked at. The focus must stand on something when it is done.

        :param path: where it begins
        :param steps: takes the page and does the task, without clicking otherwise than through the page
        """
        with self.cr.savepoint() as savepoint:
            # a browser of its own, closed before its records vanish: nothing may still ask the server for them
            with self.browse(path, login) as page:
                page.by_keyboard = True
                steps(page)
                page.rest()
                page.wait_for("document.activeElement !== document.body", "The focus, which is lost", seconds=5)
            savepoint.rollback()
        self.env.invalidate_all()
        with self.browse(path, login) as page:
            steps(page)
            self.assertLessEqual(page.clicks, clicks, "It takes too many clicks.")

    @contextmanager
    def browse(self, path, login="page_collector", size=DESKTOP):
        """Give a page that shows a path of the server to a user; an error of its scripts fails the test."""
        browser = ChromeBrowser(self)
        with ExitStack() as closing, self.allow_requests(browser=browser):
            closing.callback(self._wait_remaining_requests)
            closing.callback(browser.stop)
            self.authenticate(login, login, browser=browser)
            self.cr.flush()
            self.cr.clear()
            page = Page(partial(self._send, browser), self.base_url())
            page.resize(*size)
            page.open(path)
            yield page
            page.rest()
            if browser._result.done():
                browser._result.result()
        self.env.invalidate_all()

    @staticmethod
    def _send(browser, method, **params):
        return browser._websocket_request(method, params=params, timeout=60)
