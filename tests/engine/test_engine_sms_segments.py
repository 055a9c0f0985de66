"""What an SMS costs: the alphabet, what counts two, the parts."""

import random
import unittest

from engine.sms_segments import Segments, count, plain

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}\\[~]|€\f"
FOREIGN = "êâçîôœ’“–…\u00a0\tŁ漢"
EMOJI = "🙂"
# text, encoding, units, parts
LENGTHS = [
    ("", "gsm7", 0, 0),
    ("a", "gsm7", 1, 1),
    ("a" * 160, "gsm7", 160, 1),
    ("a" * 161, "gsm7", 161, 2),
    ("a" * 306, "gsm7", 306, 2),
    ("a" * 307, "gsm7", 307, 3),
    ("€" * 80, "gsm7", 160, 1),
    ("€" * 80 + "a", "gsm7", 161, 2),
    # the escape of the 77th euro sign would be the 153rd unit: the pair goes to the second part
    ("€" * 152, "gsm7", 304, 2),
    ("€" * 153, "gsm7", 306, 3),
    ("a" * 152 + "€" + "a" * 151, "gsm7", 305, 2),
    ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),
    ("ê", "ucs2", 1, 1),
    ("ê" * 70, "ucs2", 70, 1),
    ("ê" * 71, "ucs2", 71, 2),
    ("ê" * 134, "ucs2", 134, 2),
    ("ê" * 135, "ucs2", 135, 3),
    # an extended character is one unit among those of the other encoding
    ("ê€", "ucs2", 2, 1),
    (EMOJI * 35, "ucs2", 70, 1),
    (EMOJI * 36, "ucs2", 72, 2),
    # 67 units hold 33 pairs
    (EMOJI * 66, "ucs2", 132, 2),
    (EMOJI * 67, "ucs2", 134, 3),
]


class TestCount(unittest.TestCase):
    def test_lengths_at_every_border(self):
        for text, encoding, units, parts in LENGTHS:
            with self.subTest(text=f"{text[:2]}… of {len(text)}"):
                found = count(text)
                self.assertEqual((found.encoding, found.units, found.parts), (encoding, units, parts))

    def test_the_sms_alphabet(self):
        self.assertEqual(len(set(BASIC)), 127)  # the 128th place is the escape
        for character in BASIC:
            self.assertEqual(count(character), Segments("gsm7", 1, 1))
        for character in EXTENDED:
            self.assertEqual(count(character), Segments("gsm7", 2, 1))

    def test_one_foreign_character_changes_the_whole_text_and_is_named(self):
        for character in FOREIGN:
            self.assertEqual(count(f"abc{character}"), Segments("ucs2", 4, 1, character))
        self.assertEqual(count("a “quoted” word").foreign, "“")

    def test_the_room_of_one_and_of_several(self):
        self.assertEqual([count("a" * length).room for length in (0, 160, 161, 307)], [160, 160, 306, 459])
        self.assertEqual([count("ê" * length).room for length in (70, 71, 135)], [70, 134, 201])

    def test_as_many_parts_as_cutting_it_by_hand(self):
        """The text of every part, encoded, fits, and no part could have taken the next character."""
        choice = random.Random(88)
        for _round in range(500):
            letters = choice.choice(["ab€{", "ab€ê", f"aê{EMOJI}"])
            text = "".join(choice.choices(letters, k=choice.randrange(400)))
            found = count(text)
            with self.subTest(text=text):
                self.assertEqual(found.units, self.units(text, found.encoding))
                self.assertEqual(found.parts, self.parts_by_hand(text, found.encoding))

    def units(self, text, encoding):
        if encoding == "ucs2":
            return len(text.encode("utf-16-be")) // 2
        return len(text) + sum(text.count(character) for character in EXTENDED)

    def parts_by_hand(self, text, encoding):
        alone, together = {"gsm7": (160, 153), "ucs2": (70, 67)}[encoding]
        if self.units(text, encoding) <= alone:
            return 1 if text else 0
        parts = 0
        while text:
            length = max(end for end in range(1, len(text) + 1) if self.units(text[:end], encoding) <= together)
            text, parts = text[length:], parts + 1
        return parts


class TestPlain(unittest.TestCase):
    def test_formatted_amounts_stay_in_the_sms_alphabet(self):
        for amount in ("1.234,50\u00a0€", "1\u202f234,50\u00a0€", "$\u00a0-\ufeff100.00"):
            self.assertEqual(count(plain(amount)).encoding, "gsm7")
        self.assertEqual(plain("1\u202f234,50\u00a0€"), "1 234,50 €")

    def test_what_can_be_seen_stays(self):
        self.assertEqual(plain("l’échéance – ✓"), "l’échéance – ✓")


if __name__ == "__main__":
    unittest.main()
