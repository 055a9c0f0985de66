"""On whose clocks the customer lives: R102."""

import unittest
from datetime import datetime

from engine.customer_zone import zone_of_customer

NOW = datetime(2026, 1, 15)


class TestCustomerZone(unittest.TestCase):
    def told(self, own=(), country=None):
        return zone_of_customer(own, country, "Europe/Paris", NOW)

    def test_who_tells_it(self):
        """R102: a user of the contact's own, else a country of one zone, else nobody."""
        self.assertEqual(self.told([False, "Asia/Tokyo", "UTC"], "DE"), ("Asia/Tokyo", "user"))
        self.assertEqual(self.told([], "JP"), ("Asia/Tokyo", "country"))
        for country in ("US", "ES", "XX", "", None):
            self.assertEqual(self.told([], country), ("Europe/Paris", "company"), country)

    def test_zones_that_show_the_same_are_one(self):
        """R102: Germany has a second one, for a village in Switzerland; Cyprus has two that changed apart once."""
        self.assertEqual(self.told([], "DE"), ("Europe/Berlin", "country"))
        self.assertEqual(self.told([], "CY"), ("Asia/Nicosia", "country"))

    def test_a_zone_nobody_knows(self):
        """R102: what a browser made up is no evidence."""
        self.assertEqual(self.told(["Mars/Base"], "JP"), ("Asia/Tokyo", "country"))
