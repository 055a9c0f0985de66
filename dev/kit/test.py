"""Every test, or the engine's alone, or those of the given tags.

dev/test                        gate, engine, contracts, and everything that needs Odoo
dev/test full                   the same, and every screen and dialog in both widths
dev/test engine                 the engine's tests with branch coverage, without Odoo
dev/test contracts              our clients against servers that know the providers' contracts, without Odoo
dev/test crash [--help]         kill -9 and races between processes
dev/test screens                every screen and dialog of the demo: accessible, nothing cut off, on a desk and a phone
dev/test examples               the addons of dev/example, which bring a channel or a postal provider
dev/test /invoice_chasing:TestX what Odoo's --test-tags accepts, on a database of its own
"""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

from databases import (
    addon_digest,
    comment_database,
    copy_database,
    database_comment,
    database_exists,
    drop_database,
    installed_once_digest,
)
from gate import addon_copy, run_gate
from mocks import mock_servers
from outcomes import Outcome, odoo_outcome, tail, timed, unittest_outcome
from project import ADDON, CACHE, LOGS, PYTHON, REPO, TEMPLATE, free_port, main, odoo, slot
from setup import addons_paths, odoo_root, set_up, set_up_node, set_up_python

# the rooms on the ground: plain Python
PURE = ("engine", "postal", "sheets")
BROWSER = f"chasing_browser/{ADDON}"
# the addon's own tests run in so many databases, for two processors to share them evenly
PARTS = 3
# seconds after which a job that has not ended is stopped: the longest takes a third of it
PATIENCE = 2400
RUNNING = set()
WITHOUT_ODOO = ("engine", "contracts")
# Odoo's other provider of SMS: our tests talk to it where it is there
WITH_TWILIO = f"{ADDON},sms_twilio"
# Odoo's Sales and Automation Rules, which the addon does not need: what they invoice is chased like the rest, and what
# they send is found
SALES = "chasing_sales"
WITH_SALES = f"{ADDON},sale,base_automation"
EXAMPLES = REPO / "dev/example"
# Odoo's own suites that look into every installed addon. TestEveryModel fails on ir.ui.view without us too
ODOO_SUITES = (
    "/base:TestOverrides,/base:TestModelDeprecations,/base:TestReports,"
    "/base:TestEveryModel,-/base:TestEveryModel.test_form_new_record,"
    "/account:TestAccountMoveSend,/account:TestAccountComposerPerformance,/account:TestPortalInvoice,"
    "/snailmail_account,/web:LoadMenusTests"
)
ODOO_BROWSER = "/web:TestMenusAdminLight"
# TestTestHoles wants every test imported by Odoo: the gate looks at that itself, the engine's tests are run without it
LINT = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint,-/test_lint:TestTestHoles"
LINT_MESSAGES = (
    "used-before-assignment,undefined-variable,eval-used,unreachable,function-redefined,sql-injection,"
    "missing-gettext,gettext-variable,gettext-placeholders,gettext-repr,raise-unlink-override"
)
LINT_PLUGINS = (
    "_pylint_path_setup,pylint.extensions.bad_builtin,_odoo_checker_sql_injection,_odoo_checker_gettext,"
    "_odoo_checker_unlink_override"
)


# --- without Odoo ------------------------------------------------------------------------------


def engine():
    """The unit tests of what needs no Odoo, the test of the house, and one check that every branch is reached."""
    tests = REPO / "tests/engine"
    packages = PURE
    env = {**plain_environment(), "COVERAGE_FILE": str(CACHE / "coverage")}
    coverage = [PYTHON, "-m", "coverage"]
    measured = f"--source={','.join(str(REPO / 'models' / name) for name in packages)}"
    run = [*coverage, "run", measured, "-m", "unittest", "discover", "-s", tests, "-t", tests]
    done = subprocess.run(run, cwd=REPO, env=env, text=True, stderr=subprocess.PIPE)
    outcome = unittest_outcome("engine", done)
    house = subprocess.run([PYTHON, REPO / "tests/test_engine_house.py"], text=True, stderr=subprocess.PIPE)
    kept = unittest_outcome("house", house)
    outcome.passed, outcome.failed = outcome.passed + kept.passed, outcome.failed + kept.failed
    outcome.words += kept.words
    report = subprocess.run([*coverage, "report"], cwd=REPO, env=env, text=True, stdout=subprocess.PIPE)
    if report.returncode:
        outcome.failed += 1
        outcome.words.append(f"Not every branch of {' and '.join(packages)} is tested:\n{report.stdout}")
    elif outcome.passed:
        outcome.passed += 1
    return outcome


def contracts():
    """Our clients against servers that refuse what breaks a provider's contract."""
    tests = REPO / "tests/contracts"
    discover = ["discover", "-s", tests, "-t", tests]
    with mock_servers() as addresses:
        env = {**plain_environment(), **addresses}
        done = subprocess.run(
            [PYTHON, "-m", "unittest", *discover], cwd=REPO, env=env, text=True, stderr=subprocess.PIPE
        )
    return unittest_outcome("contracts", done)


def plain_environment():
    """For tests that import the pure packages and talk to servers of their own, past any proxy."""
    here = "127.0.0.1"
    found_in = os.pathsep.join(map(str, (pure_packages(), REPO / "tests/builders")))
    return {**os.environ, "PYTHONPATH": found_in, "NO_PROXY": here, "no_proxy": here}


def pure_packages():
    """A folder with the pure packages alone: one of the rooms beside them is called like Python's own `email`."""
    folder = CACHE / "pure"
    folder.mkdir(exist_ok=True)
    for name in PURE:
        link = folder / name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(REPO / "models" / name)
    return folder


# --- with Odoo ---------------------------------------------------------------------------------


class Odoo:
    """Jobs that each have a database and ports of their own, so that they can run side by side."""

    def __init__(self, number):
        self.prefix = f"chasing_test{number}"
        self.logs = LOGS / f"test{number}"
        self.logs.mkdir(exist_ok=True)
        self.base = f"{self.prefix}_base"

    def install(self):
        """A database with the addon, to be copied by the jobs that need it installed."""
        copy_database(TEMPLATE, self.base)
        return self.odoo_job("install", self.base, "-i", ADDON, "--no-http", tests=False)

    def tests(self, title, tags, *options, source=None):
        database = f"{self.prefix}_{title}"
        copy_database(source or self.base, database)
        try:
            return self.odoo_job(title, database, "--test-tags", tags, *options)
        finally:
            drop_database(database)

    def addon(self, part):
        """Every PARTS-th of the addon's files of tests, the longest first, without those of a browser."""
        found = [path for path in (REPO / "tests").glob("*/test_*.py") if path.parent.name not in WITHOUT_ODOO]
        files = sorted(found, key=lambda path: (-path.stat().st_size, path.name))
        tags = ",".join(f"/{ADDON}/{path.relative_to(REPO)}" for path in files[part::PARTS])
        return self.tests(f"addon{part + 1}", f"{tags},-chasing_browser", "-i", WITH_TWILIO, source=TEMPLATE)

    def examples(self):
        """The addons of dev/example, which bring a channel or a postal provider of their own, with their tests."""
        names = [path.name for path in sorted(EXAMPLES.iterdir()) if (path / "__manifest__.py").exists()]
        tags, addons = ",".join(f"/{name}" for name in names), ",".join([ADDON, *names])
        options = ("-i", addons, f"--addons-path={joined([*addons_paths(), EXAMPLES])}")
        return self.tests("examples", tags, *options, source=TEMPLATE)

    def odoo_job(self, title, database, *options, tests=True):
        log = self.logs / f"{title}.log"
        log.unlink(missing_ok=True)
        ports = () if "--no-http" in options else (f"--http-port={free_port()}", f"--gevent-port={free_port()}")
        line = odoo("-d", database, "--stop-after-init", "--max-cron-threads=0", *ports, *options)
        return odoo_outcome(title, log, run_bounded(line, log, cwd=self.logs), tests)

    def lint(self):
        """Odoo's lint suite, on a copy of the addon: it does not follow the symbolic links of the cache."""
        with tempfile.TemporaryDirectory() as folder:
            addon_copy(folder)
            return self.tests(
                "lint", LINT, "-i", "test_lint", f"--addons-path={joined([*addons_paths()[:-1], folder])}"
            )

    def reinstall(self):
        database = f"{self.prefix}_reinstall"
        copy_database(self.base, database)
        try:
            script = odoo_root() / "odoo/tests/test_module_operations.py"
            data = ["--data-dir", CACHE / "data", "-p", joined(addons_paths())]
            return self.script_job("reinstall", PYTHON, script, "-d", database, *data, "uninstall", ADDON)
        finally:
            drop_database(database)

    def pylint(self):
        """Odoo's own checkers for SQL, translation and unlink, on a copy for the same reason."""
        checkers = odoo_root() / "odoo/addons/test_lint/tests"
        if not checkers.exists():
            checkers = odoo_root() / "addons/test_lint/tests"
        options = ["--rcfile=/dev/null", "--disable=all", f"--enable={LINT_MESSAGES}", f"--load-plugins={LINT_PLUGINS}"]
        with tempfile.TemporaryDirectory() as folder:
            copy = addon_copy(folder)
            paths = [folder, *addons_paths()[:-1]]
            env = {"PYTHONPATH": f"{checkers}:{odoo_root()}", "ADDONS_PATH": os.pathsep.join(map(str, paths))}
            return self.script_job("pylint", PYTHON, "-m", "pylint", "--score=no", *options, copy, env=env)

    def crash(self, options=()):
        """Processes of Odoo that are killed and that race each other, see dev/crash."""
        log = self.logs / "crash.log"
        log.unlink(missing_ok=True)
        line = [str(PYTHON), str(REPO / "dev/crash"), self.base, "--log", str(log), *options]
        said = []
        with bounded(line, stdout=subprocess.PIPE, text=True, cwd=self.logs) as process:
            for text in process.stdout:
                print(f"    {text}", end="", flush=True)
                said.append(text)
        found = re.match(r"(\d+) passed, (\d+) failed$", said[-1] if said else "")
        if not found:
            words = [f"It ended with status {process.returncode}.", *([tail(log)] if log.exists() else [])]
            return Outcome("crash", failed=1, words=words, broken=True)
        return Outcome("crash", *map(int, found.groups()))

    def screens(self, *options):
        """Every screen and dialog of the demo database, which is built as a newcomer builds it."""
        commands = {"demo": ["dev/demo", "--no-serve"], "screens": ["dev/screenshots", "--all", *options]}
        for title, line in commands.items():
            log = self.logs / f"{title}.log"
            status, said = run_bounded([str(REPO / line[0]), *line[1:]], log), log.read_text()
            found = re.search(r"^(\d+) passed, (\d+) failed$", said, re.M)
            if status and not found:
                return Outcome(title, failed=1, words=[said[-3000:]], broken=True)
        return Outcome("screens", *map(int, found.groups()), words=[said] if status else [])

    def script_job(self, title, *line, env=None):
        log = self.logs / f"{title}.log"
        if not run_bounded([str(word) for word in line], log, cwd=self.logs, env={**os.environ, **(env or {})}):
            return Outcome(title, passed=1)
        return Outcome(title, failed=1, words=[tail(log)])


@contextmanager
def bounded(line, **options):
    """A command in a process group of its own, which is stopped as a whole when it has not ended in time."""
    with subprocess.Popen(line, start_new_session=True, **options) as process:
        RUNNING.add(process)
        alarm = threading.Timer(PATIENCE, stop_all, [process])
        alarm.start()
        try:
            yield process
        except BaseException:
            stop_all(process)
            raise
        finally:
            process.wait()
            alarm.cancel()
            RUNNING.discard(process)


def stop_all(process):
    """Ask a command and all it has started to end, and see to it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        os.killpg(process.pid, signal.SIGKILL)


def run_bounded(line, log, **options):
    """Run a command whose words go to a log, for so long at most; returns its status."""
    with open(log, "w") as out, bounded(line, stdout=out, stderr=subprocess.STDOUT, **options) as process:
        return process.wait()


def joined(paths):
    return ",".join(map(str, paths))


def with_odoo(full):
    with slot("test") as number:
        run = Odoo(number)
        try:
            # The longest first, two side by side
            addon = [partial(run.addon, part) for part in range(PARTS)]
            rest = [
                run.crash,
                lambda: run.screens(*([] if full else ["--short"])),
                lambda: run.tests("browser", BROWSER),
                lambda: run.tests("odoo", ODOO_SUITES),
                run.pylint,
                lambda: run.tests("menus", ODOO_BROWSER),
                run.lint,
                run.examples,
                lambda: run.tests("sales", SALES, "-i", WITH_SALES, source=TEMPLATE),
                run.reinstall,
            ]
            with ThreadPoolExecutor(2) as pool:
                try:
                    first, install, *parts = (pool.submit(timed, job) for job in (addon[0], run.install, *addon[1:]))
                    outcomes = [install.result()]
                    outcomes += pool.map(timed, rest) if not outcomes[0].failed else []
                    return [*outcomes, *(part.result() for part in (first, *parts))]
                except KeyboardInterrupt:
                    pool.shutdown(wait=False, cancel_futures=True)
                    for process in list(RUNNING):
                        stop_all(process)
                    raise
        finally:
            drop_database(run.base)


def everything(full=False):
    set_up(tests=True)
    set_up_node()
    passed, failed = run_gate()
    return [Outcome("gate", passed, failed), timed(engine), timed(contracts), *with_odoo(full)]


def crash(options):
    """The crash tests alone."""
    set_up(tests=True)
    if "--help" in options:
        raise SystemExit(subprocess.run([PYTHON, REPO / "dev/crash", "--help"]).returncode)
    with slot("test") as number:
        run = Odoo(number)
        try:
            install = timed(run.install)
            return [install] if install.failed else [install, timed(lambda: run.crash(options))]
        finally:
            drop_database(run.base)


def screens():
    """Every screen and dialog alone."""
    set_up(tests=True)
    with slot("test") as number:
        return [timed(Odoo(number).screens)]


def examples():
    """The tests of the addons of dev/example alone."""
    set_up(tests=True)
    with slot("test") as number:
        return [timed(Odoo(number).examples)]


def some(tags):
    """Only these tags, on a database that is kept, updated when more than tests has changed, and made anew when
    something has that no update touches."""
    set_up(tests=True)
    once = installed_once_digest()
    digest = f"{once} {addon_digest()}"
    with slot("tags") as number:
        run = Odoo(f"_tags{number}")
        if not (database_exists(run.base) and (database_comment(run.base) or "").startswith(once)):
            copy_database(TEMPLATE, run.base)
            mode = ["-i", WITH_TWILIO]
        elif database_comment(run.base) == digest:
            mode = []
        else:
            mode = ["-u", ADDON]
        outcome = timed(lambda: run.odoo_job("tags", run.base, *mode, "--test-tags", tags))
        if not (mode or outcome.passed or outcome.failed):
            # Tests that are not post_install run only in an update
            outcome = timed(lambda: run.odoo_job("tags", run.base, "-u", ADDON, "--test-tags", tags))
        if outcome.broken:
            drop_database(run.base)
        else:
            comment_database(run.base, digest)
        return [outcome]


def command(words):
    start = time.monotonic()
    if words == ["engine"]:
        set_up_python()
        outcomes = [timed(engine)]
    elif words == ["contracts"]:
        set_up_python()
        set_up_node()
        outcomes = [timed(contracts)]
    elif words == ["full"]:
        outcomes = everything(full=True)
    elif words == ["examples"]:
        outcomes = examples()
    elif words == ["screens"]:
        outcomes = screens()
    elif words[:1] == ["crash"]:
        outcomes = crash(words[1:])
    elif words:
        outcomes = some(",".join(words))
    else:
        outcomes = everything()
    passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
    print(f"in {time.monotonic() - start:.0f} s; logs in {LOGS}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


main(command)
