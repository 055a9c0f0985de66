"""What came of a run of tests, read from what unittest or Odoo wrote about it."""

import re
import time
from dataclasses import dataclass, field

RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)")
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


@dataclass
class Outcome:
    title: str
    passed: int = 0
    failed: int = 0
    words: list = field(default_factory=list)
    broken: bool = False  # it ended before it could tell


def unittest_outcome(title, done):
    text = done.stderr
    ran = re.search(r"^Ran (\d+) tests? in", text, re.M)
    last = re.search(r"^(?:OK|FAILED|NO TESTS RAN)\b(.*)", text, re.M)
    counts = dict(re.findall(r"([a-z]+)=(\d+)", last.group(1))) if last else {}
    failed = int(counts.get("failures", 0)) + int(counts.get("errors", 0)) + int(counts.get("successes", 0))
    total = int(ran.group(1)) - int(counts.get("skipped", 0)) if ran else 0
    failed = failed or int(bool(done.returncode))
    return Outcome(title, max(0, total - failed), failed, [text] if failed else [])


def odoo_outcome(title, log, status, tests):
    """Count by Odoo's own result lines; without one something broke before the end."""
    records = log_records(log)
    faults = [text for level, _logger, text in records if level in ("ERROR", "CRITICAL") and not RESULT.match(text)]
    results = [RESULT.search(text) for _level, logger, text in records if logger == "odoo.tests.result"]
    results = [tuple(map(int, found.groups())) for found in results if found]
    skipped = sum(text.startswith("skipped ") for _level, _logger, text in records)
    if not results and tests:
        return Outcome(title, failed=1, words=faults[-3:] or [tail(log)], broken=True)
    failed = sum(result[0] + result[1] for result in results)
    total = sum(result[2] for result in results) - skipped
    if status and not failed:
        failed = 1
    if not tests:
        total = 1
        warned = [text for level, _logger, text in records if level == "WARNING" and "security risk" not in text]
        failed, faults = int(bool(status or faults or warned)), faults + warned
    return Outcome(title, max(0, total - failed), failed, faults if failed else [])


def log_records(log):
    """(level, logger, text with its traceback) of each record."""
    records = []
    for line in log.read_text(errors="replace").splitlines():
        found = RECORD.match(line)
        if found:
            records.append([found["level"], found["logger"], found["text"]])
        elif records:
            records[-1][2] += f"\n{line}"
    return records


def tail(log, lines=15):
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def report(outcome, start):
    seconds = time.monotonic() - start
    print(f"{outcome.title}: {outcome.passed} passed, {outcome.failed} failed ({seconds:.0f} s)", flush=True)
    for text in outcome.words:
        lines = text.splitlines()
        kept = lines if len(lines) <= 60 else [*lines[:25], "  […]", *lines[-30:]]
        print("\n".join(f"    {line}" for line in kept), flush=True)


def timed(job):
    start = time.monotonic()
    outcome = job()
    report(outcome, start)
    return outcome
