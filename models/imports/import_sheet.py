"""The spreadsheet of an import: its headings are matched, its rows read, the template and the failed rows written."""

import io
from contextlib import contextmanager

import xlsxwriter

from odoo.exceptions import UserError

from ..common.wording import translate
from ..engine import import_cells, import_verdict
from ..sheets.cells import Unreadable, column_name
from ..sheets.reader import open_sheet

# Characters of a heading that is shown.
MAX_HEADING = 100


@contextmanager
def refusal(env):
    """Turn what makes a spreadsheet unreadable into a sentence for people.

    :raises UserError:
    """
    try:
        yield
    except Unreadable as error:
        raise UserError(translate(env, import_cells.FILE_PROBLEMS[error.code]) % error.values) from error


def heading(env, key):
    """Return what a column is headed in the user's language."""
    return translate(env, import_cells.HEADINGS[key])


def problem_text(env, problem):
    """Return a row's problem as a sentence in the user's language.

    :param problem: engine RowProblem
    """
    values = dict(problem.values)
    if "heading" in values:
        values["heading"] = heading(env, values["heading"])
    return translate(env, import_cells.ROW_PROBLEMS[problem.code]) % values


def words(env):
    """Return the engine Words for yes, no and none in the languages that are installed."""
    known, environments = import_cells.Words(), _languages(env)

    def among(folded, text):
        return folded | {import_cells.fold(translate(language, text)) for language in environments}

    return import_cells.Words(
        among(known.yes, import_cells.YES), among(known.no, import_cells.NO), among(known.none, import_cells.NONE)
    )


def _languages(env):
    """Return an environment for each language that is installed."""
    return [env(context={**env.context, "lang": code}) for code, _name in env["res.lang"].get_installed()]


class ImportSheet:
    """A spreadsheet that was opened, its first row matched with the headings of an import.

    :raises Unreadable: here, or while its rows are read
    """

    def __init__(self, env, content, name):
        self.env, self.sheet = env, open_sheet(content, name)
        _number, cells = next(self.sheet.rows, (0, ()))
        if not cells:
            raise Unreadable("empty")
        self.headings = [cell[:MAX_HEADING] if isinstance(cell, str) else "" for cell in cells]
        self.matched = self._match()

    def _match(self):
        """Match the first row with the headings in every language that is installed; return the engine's Headings."""
        environments = _languages(self.env)
        translations = {
            key: {translate(language, text) for language in environments} for key, text in import_cells.HEADINGS.items()
        }
        matched = import_cells.match_headings(self.headings, translations)
        if matched.problem:
            columns = ", ".join(map(self._column_text, matched.twice))
            raise Unreadable(matched.problem, heading=heading(self.env, "number"), columns=columns)
        return matched

    def rows(self):
        """Yield (number in the sheet, {key of HEADINGS: cell}) of each row below the headings."""
        for number, cells in self.sheet.rows:
            yield number, {key: cells[place] if place < len(cells) else "" for key, place in self._columns()}

    def _columns(self):
        return self.matched.columns.items()

    def _column_text(self, place):
        return f"{column_name(place)} “{self.headings[place]}”"

    def mapping_text(self):
        """Return which column was taken for what, a line each."""
        lines = [f"{self._column_text(place)} → {heading(self.env, key)}" for key, place in self._columns()]
        unused = ", ".join(map(self._column_text, self.matched.unused))
        return "\n".join([*lines, *([self.env._("Not used: %(columns)s", columns=unused)] if unused else [])])

    def source_text(self):
        """Return what the file was read as."""
        sheet = self.sheet
        if sheet.kind != "csv":
            return self.env._("%(kind)s, sheet %(title)s", kind=sheet.kind, title=sheet.title)
        names = {
            ",": self.env._("commas"),
            ";": self.env._("semicolons"),
            "\t": self.env._("tabs"),
            "|": self.env._("bars"),
        }
        return self.env._(
            "csv in %(encoding)s, separated by %(separator)s",
            encoding=sheet.encoding,
            separator=names[sheet.separator],
        )


class RowReader:
    """Turns the cells of one file into the texts of its rows, and finds those that cannot be judged.

    :param env: the environment of whoever imports, in the companies that rows may name
    :param company: the res.company of rows that name none
    """

    def __init__(self, env, company):
        self.env = env
        self.companies = [(known.id, known.name) for known in env.companies]
        self.first_rows, self.company_ids = {}, {"": company.id}

    def row_values(self, row, cells):
        """Return the number of a row, what its cells say, and its verdict, sentence and whether it is done.

        A row that can be judged has no verdict yet.
        """
        problem = self.problem(row, cells)
        return (row, *self.texts(cells), *(("error", problem, True) if problem else (None, None, False)))

    def texts(self, cells):
        """Return what the cells say, in the order of HEADINGS, None where they say nothing."""
        return [import_cells.shown(cells.get(key, "")) or None for key in import_cells.HEADINGS]

    def problem(self, row, cells):
        """Return what is wrong with the cells of a row, in a sentence; None if it can be judged.

        :param row: the row's number; one that repeats an earlier row is wrong
        """
        try:
            self._check(row, cells)
        except import_cells.RowProblem as problem:
            return problem_text(self.env, problem)
        return None

    def _check(self, row, cells):
        import_cells.check_cells(cells)
        if not cells["number"]:
            return
        first = self.first_rows.setdefault((self._company(cells.get("company", "")), cells["number"]), row)
        if first != row:
            raise import_cells.RowProblem("repeated", row=first)

    def _company(self, name):
        """Return the company's id; its name, if none is called so or several are."""
        if name not in self.company_ids:
            try:
                self.company_ids[name] = import_verdict.choose_company(name, self.companies)
            except import_cells.RowProblem:
                self.company_ids[name] = name
        return self.company_ids[name]


# ---------------------------------------------------------------------- writing


def template(env):
    """Return the empty spreadsheet as bytes, its headings in the user's language."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        _write_headings(env, book, sheet)
        sheet.write_comment("B1", env._("The cadence's name. Blank: as it is. none: no chasing."))
        sheet.write_comment("C1", env._("yes or no. Blank: as it is."))
        sheet.write_comment(
            "D1", env._("Addresses that get the e-mails. Blank: as it is. none: the customer's contacts.")
        )
        sheet.write_comment("E1", env._("Blank: the company chosen in Odoo."))
    return file.getvalue()


def errors(env, lines):
    """Return a spreadsheet of the same form as bytes, with rows that failed and the reason of each.

    :param lines: chasing.import.line
    """
    file = io.BytesIO()
    # Text stays text, whatever sign it begins with: a spreadsheet program must not work it out.
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        _write_headings(env, book, sheet, [env._("Problem")])
        for place, line in enumerate(lines, 1):
            for column, name in enumerate((*import_cells.HEADINGS, "message")):
                sheet.write_string(place, column, line[name] or "")
    return file.getvalue()


def _write_headings(env, book, sheet, others=()):
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    names = [*(heading(env, key) for key in import_cells.HEADINGS), *others]
    sheet.set_column(0, len(names) - 1, 24, text)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
