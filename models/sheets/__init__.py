"""Readers of spreadsheets, plain Python: any file in, rows of text out, or a refusal that names what is wrong.

Workbooks of old Excel are read by xlrd. For the other kinds Odoo and its libraries have readers as well. They were put
in the place of ours behind the same guard (archive.py), with the usual file of 100,000 rows and with those that mean
harm (seconds of the processor, and MB that the process grew by):

=================================  =============  ================================================
file                               ours           the other
=================================  =============  ================================================
xlsx, 100,000 rows                 3.4 s, 16 MB   openpyxl, read-only: 5.3 s, 52 MB
xlsx, 1,000,000 empty cells, 5 kB  1.4 s, 0 MB    openpyxl, read-only: 4.9 s, 349 MB
xlsx, 1,000,000 empty rows, 10 kB  2.4 s, 2 MB    openpyxl, read-only: 4.2 s, 109 MB
xlsx, 5,000,000 unknown elements   4.4 s, 0 MB    openpyxl, read-only: 14.0 s, 468 MB
ods, 100,000 rows                  3.3 s, 0 MB    Odoo's, by odfpy: 25.4 s, 931 MB
ods, one cell repeated, 1 kB       refused        Odoo's, by odfpy: a billion cells, out of memory
csv, 100,000 rows                  0.2 s, 10 MB   Odoo's: 1.3 s, 80 MB
=================================  =============  ================================================

* openpyxl keeps every element that it was not asked for, does not hear of merged cells, gives nothing for a formula
  whose result was not saved, an error for a date that no calendar has, and believes rows in any order.
* Odoo's reader of ods counts a row that is repeated once, so that rows have other numbers than in the sheet, reads
  hidden sheets, takes notes for text and dates for what they look like. It needs odfpy, which Odoo's
  requirements do not name.
* Odoo's reader of csv fails 9 of 14 tests of ours: it takes Cyrillic letters for others, lets a quote left open swallow
  the rows behind it, numbers rows without the empty ones, and cuts what is no table.
"""
