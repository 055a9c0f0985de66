"""Importing 50,000 assignments with contacts from csv and from xlsx, checked and then done: minutes, memory bounded.
There are 200,000 invoices that no row names, with their terms, so that how a number is looked up tells.

IMPORT_ROWS in the environment is another number of rows.
"""

import base64
import gc
import io
import os
import time
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from copies import company_ready, copies, customers, post, six_steps
from figures import figure

ROWS = int(os.environ.get("IMPORT_ROWS", "50000"))
OTHERS = 200_000
HEADINGS = ["Invoice Number", "Cadence", "E-mail Contacts"]
company_ready(env)
today = date.today()
cadence = six_steps(env)
move = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
move.narration = "Terms and conditions. " * 40
partners = customers(env, 50)


def rows(moves):
    yield HEADINGS
    for number, name in enumerate(moves.mapped("name")):
        yield [name, cadence.name, f"ap{number}@buyer.example"]


def csv(moves):
    return "\n".join(";".join(row) for row in rows(moves)).encode()


def xlsx(moves):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows(moves)):
            sheet.write_row(place, 0, row)
    return file.getvalue()


def memory(word):
    """MB of this process: VmRSS now, VmHWM the most since `forget_peak`."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(word)]
    return int(line.split()[1]) / 1024


def forget_peak():
    """MB now; the peak is counted from here."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def timed(act):
    start = time.perf_counter()
    act()
    env.flush_all()
    return time.perf_counter() - start


def bring_in(kind, write):
    """Check and import a file about fresh invoices."""
    moves = copies(env, move, partners, ROWS)
    content = write(moves)
    env.cr.commit()
    env.invalidate_all()
    before = forget_peak()
    record = env["chasing.import"].create({"file": base64.b64encode(content), "file_name": f"rows.{kind}"})
    checking = timed(record.action_check)
    assert record.ok_count == ROWS, (record.ok_count, record.line_ids[:1].message)
    env.cr.commit()
    importing = timed(lambda: in_background(record))
    assert (record.state, record.ok_count) == ("done", ROWS), (record.state, record.ok_count, record.error_count)
    grown = memory("VmHWM") - before
    again = timed(record.action_check)
    assert record.unchanged_count == ROWS, record.unchanged_count
    env.cr.commit()
    figure(f"Checking {ROWS:,} rows of {kind}", checking, "s", "limit", 120)
    figure(f"Importing {ROWS:,} rows of {kind}", importing, "s", "limit", 600)
    figure(f"Checking {ROWS:,} rows of {kind} again, all unchanged", again, "s", "limit", 120)
    figure(f"Memory that {ROWS:,} rows of {kind} took at most", grown, "MB", "limit", 200)


def in_background(record):
    record.action_import()
    env.cr.commit()
    while record.state == "running":
        record._cron_import()
        record.invalidate_recordset()


copies(env, move, partners, OTHERS)
env.cr.commit()
bring_in("csv", csv)
bring_in("xlsx", xlsx)
