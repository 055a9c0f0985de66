"""The quality gate: what can be said about the code without running it.

`dev/gate` runs every check, `dev/gate ruff oca` the named ones.
"""

import ast
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from project import ADDON, REPO, VENV, Failure, main
from setup import set_up_python

# Messages of pylint-odoo and oca-checks-odoo-module that contradict this addon's own rules:
# the README is Markdown, the dispatcher commits by design, some companies are few enough to search
# (no-search-all), a model may be spread over files by concern, and a hook that a room extends returns nothing
# (missing-return)
PYLINT_OFF = (
    "missing-readme,no-wizard-in-models,manifest-required-author,invalid-commit,no-search-all,"
    "consider-merging-classes-inherited,missing-return"
)
OCA_OFF = "xml-header-wrong,prefer-readme-rst"
PURE = ".*/models/(engine|postal|sheets)/.*,.*/tests/test_engine_house.py"
FAULTY_PYTHON = """from odoo import models


class Fault(models.Model):
    _name = "fault"

    def run(self, word):
        self.env.cr.execute("SELECT %s" % word)
"""
FAULTY_XML = '<odoo><record id="a" model="res.partner"/><record id="a" model="res.partner"/></odoo>\n'


def tool(name, *arguments, cwd=REPO):
    """What the tool of the environment says when it finds fault, else an empty text."""
    done = subprocess.run([VENV / "bin" / name, *arguments], cwd=cwd, text=True, capture_output=True, check=False)
    return "" if not done.returncode else (done.stdout + done.stderr).strip() or f"{name}: status {done.returncode}"


def addon_copy(folder):
    """The addon as git sees it, under its own name: the tools find nothing when git's root is the addon."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=REPO, text=True, capture_output=True, check=True
    )
    copy = Path(folder) / ADDON
    copy.mkdir()
    for name in listed.stdout.split("\0"):
        source = REPO / name
        if name and source.is_file() and not name.startswith(("dev/", ".")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy / name)
    subprocess.run(["git", "init", "-q", folder], check=True)
    return copy


def ruff():
    return tool("ruff", "check", "--quiet", "--output-format=concise", ".")


def oca():
    with tempfile.TemporaryDirectory() as folder:
        return run_oca(addon_copy(folder))


def oca_finds_a_fault():
    """A planted fault must be found: a check that sees nothing passes everything."""
    with tempfile.TemporaryDirectory() as folder:
        copy = addon_copy(folder)
        (copy / "fault.xml").write_text(FAULTY_XML)
        manifest = copy / "__manifest__.py"
        values = ast.literal_eval(manifest.read_text())
        values["data"] = [*values.get("data", []), "fault.xml"]
        manifest.write_text(repr(values))
        return "" if "fault.xml" in run_oca(copy) else "oca-checks-odoo-module did not find a planted fault"


def run_oca(copy):
    subprocess.run(["git", "add", "-A"], cwd=copy, check=True)
    return tool("oca-checks-odoo-module", f"--disable={OCA_OFF}", str(copy), cwd=copy.parent)


def pylint_odoo():
    with tempfile.TemporaryDirectory() as folder:
        return run_pylint(addon_copy(folder))


def pylint_odoo_finds_a_fault():
    with tempfile.TemporaryDirectory() as folder:
        copy = addon_copy(folder)
        (copy / "models/fault.py").write_text(FAULTY_PYTHON)
        return "" if "models/fault.py" in run_pylint(copy) else "pylint-odoo did not find a planted fault"


def run_pylint(copy):
    only = ["--rcfile=/dev/null", "--load-plugins=pylint_odoo", "--disable=all", "--enable=odoolint"]
    options = [f"--disable={PYLINT_OFF}", "--valid-odoo-versions=19.0", "--score=no", f"--ignore-paths={PURE}"]
    said = tool("pylint", *only, *options, ADDON, cwd=copy.parent).splitlines()
    return "\n".join(dict.fromkeys(said))


def ruff_format():
    return tool("ruff", "format", "--quiet", "--check", ".")


def tests_imported():
    """A test file that Odoo does not import is never run, and of two with one name it runs one; those that need no Odoo
    are found by themselves."""
    tests = REPO / "tests"
    files = sorted(tests.rglob("test_*.py"))
    names = Counter(path.stem for path in files)
    twice = [f"{name}.py: {count} test modules have this name" for name, count in names.items() if count > 1]
    missing = [
        f"{path.relative_to(REPO)} is not imported"
        for path in files
        if not path.stem.startswith(("test_engine_", "test_contract_"))
        and not (path.stem in imported(path.parent) and path.parent.name in imported(tests))
    ]
    return "\n".join(twice + missing)


def imported(package):
    """The names of what a package imports: its modules, or the packages whose modules it passes on."""
    listed = ast.parse((package / "__init__.py").read_text())
    return {
        node.module if alias.name == "*" else alias.name
        for node in ast.walk(listed)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def tests_run():
    """Of a class that only inherits its tests Odoo runs none, unless the class asks for them."""
    return "\n".join(
        f"{path.relative_to(REPO)}: Odoo runs no test of {node.name}"
        for path in sorted((REPO / "tests").rglob("test_*.py"))
        for node in classes(path).values()
        if node.decorator_list and not runs_tests(node, classes(path))
    )


def classes(path):
    """{name: syntax node} of the classes of a module."""
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)}


def runs_tests(node, others):
    """Whether a class has tests of its own, or it or one that it inherits in its module asks for those it inherits."""
    if any(isinstance(part, ast.FunctionDef) and part.name.startswith("test_") for part in node.body):
        return True
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in others]
    return asks(node) or any(asks(others[name]) for name in bases)


def asks(node):
    return any(
        isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "allow_inherited_tests_method"
        for part in node.body
    )


CHECKS = (ruff, ruff_format, tests_imported, tests_run, oca, oca_finds_a_fault, pylint_odoo, pylint_odoo_finds_a_fault)


def run_gate(names=()):
    """(passed, failed) of the named checks, or of all; prints what they find."""
    passed = failed = 0
    for check in CHECKS:
        if names and check.__name__ not in names:
            continue
        found = check()
        title = check.__name__.replace("_", " ")
        if found:
            failed += 1
            print(f"gate, {title}: FAILED\n{found}")
        else:
            passed += 1
            print(f"gate, {title}: ok")
        sys.stdout.flush()
    return passed, failed


def command(words):
    known = {check.__name__ for check in CHECKS}
    if set(words) - known:
        raise Failure(f"There are only these checks: {', '.join(sorted(known))}.")
    set_up_python()
    return 1 if run_gate(words)[1] else 0


if __name__ == "__main__":
    main(command)
