"""The last day of a month: 10,000 invoices posted with a default cadence, a hundred at a time and thousands at once,
and the same without the addon: linear, memory flat."""

from apart import measure_posting
from figures import figure, size

ALL, FEW, MANY = size("posted", 10_000), size("at_once_few", 1_000), size("at_once_many", 4_000)


def measure(mode):
    return measure_posting(env, "month_end_round.py", mode, POSTING_SIZES=f"{ALL} {FEW} {MANY}")


plain, ours = measure("without"), measure("default")
parts, (few, many) = ours["parts"], ours["whole"]
figure(f"Posting the last of {ALL:,}, a hundred at a time", parts["last"], "ms an invoice", "the first", parts["first"])
figure("The same", parts["last"], "ms an invoice", "without the addon", plain["parts"]["last"])
figure("The same", parts["sql"], "SQL an invoice", "without the addon", plain["parts"]["sql"])
figure("Memory they added to the peak", parts["grown"], "MB", "limit", 100)
figure(f"Posting {MANY:,} at once", many["last"], "ms an invoice", f"{FEW:,} at once", few["last"])
figure("The same", many["last"], "ms an invoice", "without the addon", plain["whole"][1]["last"])
figure("Memory they added to the peak", many["grown"], "MB", "without the addon", plain["whole"][1]["grown"])
