"""A digest is the same only for what is printed alike: R73."""

import unittest

from engine.print_digest import digests

BASE = "http://127.0.0.1:8069"


def page(*texts):
    return f"<html><body><div id='minimal_layout_report_footers'>{''.join(texts)}</div></body></html>"


class TestPrintDigest(unittest.TestCase):
    def digest(self, body="<p>Work</p>", header="<p>Firm</p>", footer="<p>Bank</p>", options="A4"):
        [digest] = digests([body], page(header), page(footer), BASE, options)
        return digest

    def test_each_part_counts(self):
        parts = [{}, {"body": "<p>New</p>"}, {"header": "<p>New</p>"}, {"footer": "<p>New</p>"}, {"options": "A5"}]
        self.assertEqual(len({self.digest(**part) for part in parts}), len(parts))
        self.assertEqual(self.digest(), self.digest())

    def test_nothing_moves_from_one_part_to_another_unseen(self):
        self.assertNotEqual(
            self.digest(header="<p>A</p>", footer="<p></p>"), self.digest(header="<p></p>", footer="<p>A</p>")
        )

    def test_the_page_around_the_headers_counts(self):
        [one] = digests(["<p>A</p>"], page("<p>Firm</p>"), page("<p>-</p>"), BASE, "A4")
        changed = page("<p>Firm</p>").replace("<body>", "<body dir='rtl'>")
        [other] = digests(["<p>A</p>"], changed, page("<p>-</p>"), BASE, "A4")
        self.assertNotEqual(one, other)

    def test_where_nobody_can_tell_whose_a_header_is_all_count(self):
        """Another document beside it then makes another digest: it is printed once too often, not too rarely."""
        alone = digests(["<p>A</p>"], page(), page(), BASE, "A4")
        both = digests(["<p>A</p>", "<p>B</p>"], page("<p>Firm</p>"), page(), BASE, "A4")
        self.assertNotIn(alone[0], both)
        without = digests(["<p>A</p>"], "<html><body><p>Firm</p></body></html>", page(), BASE, "A4")
        self.assertNotEqual(alone, without)

    def test_what_may_change_unseen_has_none(self):
        changing = (
            f"{BASE}/web/image/7",
            "/web/image/res.company/1/logo",
            "/web/content/7",
            "/logo.png?company=1",
            "https://evil.example/1.png",
            "//evil.example/1.png",
            "/web/assets/../image/7",
        )
        lasting = (
            f"{BASE}/web/assets/63d4c91/web.report_assets_common.min.css",
            "/report/barcode/?barcode_type=QR&value=1",
            "/base/static/img/logo.png",
            "data:image/png;base64,aa",
        )
        for address in changing:
            self.assertIsNone(self.digest(body=f'<img src="{address}"/>'), address)
            self.assertIsNone(self.digest(header=f'<p style="background: url({address})">A</p>'), address)
        for address in lasting:
            self.assertTrue(self.digest(body=f'<img src="{address}"/>'), address)
