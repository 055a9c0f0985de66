from datetime import date, datetime

from odoo.tests import TransactionCase, tagged

from ...models.common import formats
from ...models.common.wording import counted, invoices_text

# {language: (date, day, instant) of 24 November 2026 at 9:00}
WRITTEN = {
    "en_US": ("24 Nov 2026", "Tue 24 Nov 2026", "Tue 24 Nov 09:00"),
    "en_GB": ("24 Nov 2026", "Tue 24 Nov 2026", "Tue 24 Nov 09:00"),
    "de_DE": ("24. Nov. 2026", "Di., 24. Nov. 2026", "Di., 24. Nov. 09:00"),
    "fr_FR": ("24 nov. 2026", "mar. 24 nov. 2026", "mar. 24 nov. 09:00"),
    "es_ES": ("24 nov 2026", "mar, 24 nov 2026", "mar, 24 nov 09:00"),
    "ja_JP": ("2026年11月24日", "2026年11月24日(火)", "11月24日(火) 09:00"),
}
NOON = datetime(2026, 11, 20, 12)
NINE_IN_BERLIN = datetime(2026, 11, 24, 8)


@tagged("post_install", "-at_install")
class TestFormats(TransactionCase):
    """Dates, instants, numbers and amounts in the language and on the clocks of whoever reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in (*WRITTEN, "ar_001"):
            cls.env["res.lang"]._activate_lang(code)

    def speaking(self, code, **context):
        return self.env(context=dict(self.env.context, lang=code, **context))

    def test_the_month_is_in_letters_in_the_order_of_the_language(self):
        for code, expected in WRITTEN.items():
            with self.subTest(language=code):
                env = self.speaking(code)
                self.assertEqual(formats.date(env, date(2026, 11, 24)), expected[0])
                self.assertEqual(formats.day(env, date(2026, 11, 24)), expected[1])
                self.assertEqual(formats.instant(env, NINE_IN_BERLIN, "Europe/Berlin", NOON), expected[2])

    def test_a_date_is_written_in_a_language_that_is_asked_for(self):
        self.assertEqual(formats.date(self.speaking("en_US"), date(2026, 3, 4), "de_DE"), "4. März 2026")

    def test_a_letter_has_the_month_as_its_language_writes_it(self):
        expected = {
            "en_US": "4 Mar 2026",
            "de_DE": "4. März 2026",
            "fr_FR": "4 mars 2026",
            "es_ES": "4 de marzo de 2026",
        }
        for code, text in expected.items():
            with self.subTest(language=code):
                self.assertEqual(formats.long_date(self.env, date(2026, 3, 4), code), text)

    def test_nothing_is_written_of_no_date(self):
        self.assertEqual(formats.date(self.env, False), "")
        self.assertEqual(formats.day(self.env, False), "")
        self.assertEqual(formats.instant(self.env, False, "UTC", NOON), "")
        self.assertEqual(formats.dated_instant(self.env, False, "UTC"), "")
        self.assertEqual(formats.exact_instant(self.env, False, "UTC"), "")

    def test_an_instant_of_another_year_says_which(self):
        text = formats.instant(self.speaking("en_US"), datetime(2027, 1, 4, 8), "Europe/Berlin", NOON)
        self.assertEqual(text, "Mon 4 Jan 2027 09:00")

    def test_the_zone_is_named_where_the_readers_clocks_show_another_time(self):
        """Interface 28: Paris shows what Berlin shows, London does not."""
        for zone, expected in (
            ("Europe/Paris", "Tue 24 Nov 09:00"),
            ("Europe/London", "Tue 24 Nov 09:00 (Berlin)"),
            ("Nowhere/Else", "Tue 24 Nov 09:00"),
        ):
            with self.subTest(reader=zone):
                env = self.speaking("en_US", tz=zone)
                self.assertEqual(formats.instant(env, NINE_IN_BERLIN, "Europe/Berlin", NOON), expected)

    def test_the_zone_of_the_user_counts_where_none_is_said(self):
        self.env.user.tz = "America/New_York"
        text = formats.dated_instant(self.speaking("en_US", tz=False), NINE_IN_BERLIN, "Europe/Berlin")
        self.assertEqual(text, "Tue 24 Nov 2026 09:00 (Berlin)")

    def test_an_exact_instant_has_its_zone_and_utc(self):
        """R90."""
        text = formats.exact_instant(self.speaking("en_US"), NINE_IN_BERLIN, "Europe/Berlin")
        self.assertEqual(text, "Tuesday 24 November 2026, 09:00, Europe/Berlin (24 Nov 2026 08:00 UTC)")
        german = formats.exact_instant(self.speaking("de_DE"), NINE_IN_BERLIN, "Europe/Berlin")
        self.assertIn("Dienstag, 24. November 2026, 09:00", german)

    def test_distances(self):
        env = self.speaking("en_US")
        for day, expected in (
            (19, "yesterday"),
            (20, "today"),
            (21, "tomorrow"),
            (24, "in 4 days"),
            (17, "3 days ago"),
        ):
            with self.subTest(day=day):
                self.assertEqual(formats.distance(env, datetime(2026, 11, day, 9), "UTC", NOON), expected)

    def test_an_amount_has_the_sign_and_the_decimals_of_its_currency(self):
        euro, yen = self.env.ref("base.EUR"), self.env.ref("base.JPY")
        german = self.speaking("de_DE")
        for env, value, currency, expected in (
            (german, 1240.5, euro, "1.240,50 €"),
            (self.speaking("en_US"), 1240, yen, "¥ 1,240"),
        ):
            text = formats.amount(env, value, currency)
            self.assertEqual(text.replace("\N{NO-BREAK SPACE}", " "), expected)
        self.assertIn("-", formats.amount(german, -3, euro))
        self.assertNotIn("-", formats.amount(german, -0.001, euro))

    def test_a_right_to_left_language_is_written_too(self):
        env = self.speaking("ar_001")
        self.assertIn("2026", formats.date(env, date(2026, 11, 24)))
        self.assertIn("نوفمبر", formats.date(env, date(2026, 11, 24)))

    def test_one_and_many(self):
        env = self.speaking("en_US")
        for count, expected in ((0, "0 invoices"), (1, "1 invoice"), (2, "2 invoices"), (1240, "1,240 invoices")):
            with self.subTest(count=count):
                self.assertEqual(invoices_text(env, count), expected)
        self.assertEqual(invoices_text(self.speaking("de_DE"), 1240).split()[0], "1.240")

    def test_both_forms_take_further_values(self):
        one, many = "1 letter to %(name)s", "%(count)s letters to %(name)s"
        self.assertEqual(counted(self.env, 1, one, many, name="Ann"), "1 letter to Ann")
        self.assertEqual(counted(self.env, 3, one, many, name="Ann"), "3 letters to Ann")
