"""OpenDocument spreadsheets (ods), heard cell by cell; empty rows and cells that are repeated are not unfolded."""

from __future__ import annotations

from .archive import Listener, damage_refused, hear, hear_all
from .cells import LAST_ROW, MAX_COLUMNS, MAX_ROWS, Flaw, Row, Unreadable, column_name, number_text


def read(archive):
    """Return (name of the first sheet that is not hidden, its rows as (number, cells))."""
    with damage_refused():
        if hear_all(archive, "META-INF/manifest.xml", _Manifest()).is_encrypted:
            raise Unreadable("password")
        sheet = _Sheet()
        pieces = hear(archive, "content.xml", sheet)
        for _piece in pieces:
            if sheet.title is not None:
                break
        else:
            raise Unreadable("all_hidden" if sheet.is_past_hidden else "damaged")
    return sheet.title, _rows(pieces, sheet)


def _rows(pieces, sheet):
    yield from sheet.take()
    for _piece in pieces:
        yield from sheet.take()


class _Manifest(Listener):
    """Hear whether parts are encrypted."""

    is_encrypted = False

    def start_encryption_data(self, _attributes):
        self.is_encrypted = True


class _Sheet(Listener):
    """Collects in `done` the rows of the first table that is not hidden, heard to their end.

    Each comes with how often it is repeated.
    """

    def __init__(self):
        super().__init__()
        self.title, self.is_over, self.is_past_hidden = None, False, False
        self.style, self.hidden_styles = None, set()
        self.done, self.row, self.next_number, self.repeated = [], None, 1, 1
        # A note inside of a cell has paragraphs too.
        self.cell, self.paragraphs, self.depth = None, [], 0

    def take(self):
        """Return the rows since the last time, as (number, cells)."""
        for number, cells, repeated in self.done:
            for again in range(repeated if cells else 0):
                yield number + again, cells
        self.done.clear()

    def start_style(self, attributes):
        self.style = attributes.get("name")

    def start_table_properties(self, attributes):
        if attributes.get("display") == "false":
            self.hidden_styles.add(self.style)

    def start_table(self, attributes):
        if self.title is not None:
            return
        if attributes.get("style_name") in self.hidden_styles:
            self.is_past_hidden = True
        else:
            self.title = attributes.get("name", "")

    def end_table(self):
        self.is_over = self.title is not None

    def start_table_row(self, attributes):
        if self.title is None or self.is_over:
            return
        self.row, self.repeated = Row(self.next_number), int(attributes.get("number_rows_repeated", 1))

    def end_table_row(self):
        if self.row is None:
            return
        self.done.append((self.row.number, self.row.cells, self.repeated))
        self.next_number, self.row = self.next_number + self.repeated, None
        if self.done[-1][1] and self.next_number > LAST_ROW + 1:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)

    def start_table_cell(self, attributes):
        self.cell, self.paragraphs = attributes, []
        spans = (attributes.get(f"number_{way}_spanned", "1") for way in ("rows", "columns"))
        if self.row and any(span != "1" for span in spans):
            raise Unreadable("merged", cells=f"{column_name(self.row.width)}{self.row.number}")

    def end_table_cell(self):
        if self.row is None:
            return
        content, repeated = self._content(), int(self.cell.get("number_columns_repeated", 1))
        if content == "":
            self.row.width += repeated
        else:
            for _again in range(min(repeated, MAX_COLUMNS + 1)):
                self.row.put(content)

    def start_annotation(self, _attributes):
        self.depth += 1

    def end_annotation(self):
        self.depth -= 1

    def start_p(self, _attributes):
        if not self.depth:
            self.listen()

    def start_s(self, _attributes):
        self.text(" ")

    def start_tab(self, _attributes):
        self.text(" ")

    def start_line_break(self, _attributes):
        self.text("\n")

    def end_p(self):
        if not self.depth:
            self.paragraphs.append(self.taken())

    def _content(self):
        cell, kind = self.cell, self.cell.get("value_type")
        text = "\n".join(self.paragraphs)
        if kind == "error":
            return Flaw("error", text or "#N/A")
        if kind in ("date", "time"):
            return Flaw("date", cell.get(f"{kind}_value") or text or f"#{kind}")
        if kind == "boolean":
            return cell.get("boolean_value", "").upper()
        if kind in ("float", "percentage", "currency"):
            return number_text(float(cell["value"]))
        if "formula" in cell and not kind:
            return Flaw("formula", f"={cell['formula'].partition('=')[2]}")
        return text or cell.get("string_value", "")
