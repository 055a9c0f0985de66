"""Everything the other commands need: packages, Odoo 19, Python, Node, and what databases.py makes of them.

Each step is skipped when its result is there. Each result is made under another name and renamed
when complete, so a command that was stopped half-way can simply be run again.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from databases import build_template, start_postgres
from project import ADDON, ADDONS, CACHE, LOGS, PYTHON, REPO, VENV, Failure, lock, main, run, step

# Debian package -> the file that shows that it is there
SYSTEM_PACKAGES = {
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "fonts-liberation": "/usr/share/fonts/truetype/liberation*",
}
# what only tests and pictures need, and nobody waits for who wants to see the demo
TEST_PACKAGES = {"chromium": "/usr/bin/chromium", "git": "/usr/bin/git"}
# Debian's wkhtmltopdf leaves out header and footer and prints one document at a time. The one that does all of it is a
# wheel in requirements.txt; where there is none for a machine, Debian's serves.
PATCHED_PRINTER = VENV / "bin/wkhtmltopdf-pack"
PATCHED_PRINTER_LIBRARIES = {
    "libfontconfig1": "/usr/lib/*/libfontconfig.so.1",
    "libxext6": "/usr/lib/*/libXext.so.6",
    "libxrender1": "/usr/lib/*/libXrender.so.1",
}
DEBIANS_PRINTER = {"wkhtmltopdf": "/usr/bin/wkhtmltopdf"}
SUITES = ("sid", "testing")
# Debian's odoo-19 points by symbolic links into these
COMPANIONS = (
    "libjs-jquery node-jquery libjs-underscore libjs-jquery-form fonts-font-awesome fonts-roboto-unhinted "
    "fonts-inconsolata fonts-ocr-b"
).split()
# Absent from Debian's package; without a file there every page logs an error and every tour fails
MISSING_FILE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
TREE = CACHE / "odoo"
NODE = CACHE / "node"
PROGRAMS = CACHE / "bin"
OLDEST_NODE = (18, 20, 1)  # Prism's own
HAVE_SRC = "set ODOO_SRC to an Odoo 19 source tree that you have"


# --- system packages ---------------------------------------------------------------------------


def install_system_packages(tests):
    wanted = {**SYSTEM_PACKAGES, **(PATCHED_PRINTER_LIBRARIES if has_patched_printer() else DEBIANS_PRINTER)}
    if tests:
        wanted |= TEST_PACKAGES
    if os.environ.get("PGHOST"):
        del wanted["postgresql"]
    missing = [name for name, proof in wanted.items() if not list(Path("/").glob(proof[1:]))]
    install_packages(missing, "database, PDF, browser tests" if tests else "database, PDF")


def has_patched_printer():
    """Whether there is a wheel for this machine: as its line in requirements.txt says, not as its name does."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def install_packages(missing, purpose):
    if not missing:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise Failure(
            f"These packages are needed ({purpose}) and missing: {' '.join(missing)}; "
            f"install them with: sudo apt-get install {' '.join(missing)}"
        )
    with step(f"Installing {', '.join(missing)}"):
        why = "The packages could not be installed; is there a network and room on the disk?"
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ("apt-get", "install", "-y", "--no-install-recommends", *missing)
        try:
            run(*install, why=why, env=env)
        except Failure:
            # The lists of packages are missing or old.
            run("apt-get", "update", why=why, env=env)
            run(*install, why=why, env=env)


# --- Odoo --------------------------------------------------------------------------------------


def debian_source():
    """(address, keyring) of this machine's own Debian archive, or None."""
    folder = Path("/etc/apt")
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]:
        for address, suites, keyring in sources_in(path):
            if is_own(suites) and "security" not in address:
                return address, keyring
    return None


def sources_in(path):
    """(address, suites, keyring) of each entry of one of apt's two kinds of file."""
    if path.suffix == ".sources":
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = {key.lower(): value.strip() for key, value in re.findall(r"^([\w-]+):[ \t]*(.+)$", stanza, re.M)}
            if fields.get("enabled", "yes") != "no" and "deb" in fields.get("types", "").split():
                yield fields["uris"].split()[0], fields["suites"].split(), fields.get("signed-by", "")
    elif path.suffix == ".list" and path.is_file():
        for options, address, suite in re.findall(r"^deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)", path.read_text(), re.M):
            keyring = re.search(r"signed-by=(\S+)", options)
            yield address, [suite], keyring.group(1) if keyring else ""


def is_own(suites):
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M))
    known = {release.get("VERSION_CODENAME"), "stable", "testing", "sid", "unstable"}
    return release.get("ID") == "debian" and not known.isdisjoint(suites)


def fetch_odoo():
    if os.environ.get("ODOO_SRC") or TREE.exists():
        odoo_version()
        return
    source = debian_source()
    if not source:
        raise Failure(f"Odoo 19 comes from Debian's archive, which this machine does not use: {HAVE_SRC}.")
    with step("Fetching Odoo 19"):
        packages = download_odoo(*source)
        tree = CACHE / "odoo.part"
        shutil.rmtree(tree, ignore_errors=True)
        for package in packages:
            run("dpkg", "-x", package, tree, why="A package could not be unpacked; is the disk full?")
        library = tree / "usr/lib/python3/dist-packages/odoo" / MISSING_FILE
        library.parent.mkdir(parents=True, exist_ok=True)
        library.touch()
        (tree / "VERSION").write_text(packages[0].name.split("_")[1] + "\n")
        tree.rename(TREE)
        shutil.rmtree(CACHE / "apt")


def download_odoo(address, keyring):
    """The fetched packages: Odoo's, then its companions."""
    for suite in SUITES:
        options = apt_options(address, suite, keyring)
        try:
            run("apt-get", *options, "update", why="No package lists")
            return download(("odoo-19", *COMPANIONS), options)
        except Failure as failure:
            reason = failure
    raise Failure(
        f"Package odoo-19 could not be had from Debian's suites {' and '.join(SUITES)}: "
        f"check the network and the disk and run this again, or {HAVE_SRC}. {reason}"
    )


def apt_options(address, suite, keyring):
    """An apt of our own beside the machine's, which knows a suite of the machine's archive and nothing else."""
    apt = CACHE / "apt"
    shutil.rmtree(apt, ignore_errors=True)
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    signed = f"[signed-by={keyring}] " if keyring.startswith("/") else ""
    (apt / "parts/odoo.list").write_text(f"deb {signed}{address} {suite} main\n")
    options = (
        f"Dir::Etc::SourceList={os.devnull}",
        f"Dir::Etc::SourceParts={apt}/parts",
        f"Dir::State::Lists={apt}/lists",
        f"Dir::Cache={apt}/cache",
        "APT::Sandbox::User=root",
        "Acquire::Languages=none",
        "APT::Update::Error-Mode=any",
    )
    return [word for option in options for word in ("-o", option)]


def download(names, options):
    folder = CACHE / "apt"
    run("apt-get", *options, "download", *names, cwd=folder, why="Odoo's packages could not be fetched")
    return [next(folder.glob(f"{name}_*.deb")) for name in names]


def odoo_root():
    """The folder that holds the Python package `odoo`."""
    own = os.environ.get("ODOO_SRC")
    if not own:
        return TREE / "usr/lib/python3/dist-packages"
    for folder in (Path(own), Path(own) / "usr/lib/python3/dist-packages"):
        if (folder / "odoo/release.py").exists():
            return folder.resolve()
    raise Failure(f"ODOO_SRC is {own}, which holds no Odoo (odoo/release.py).")


def odoo_version():
    stamp = TREE / "VERSION"
    if not os.environ.get("ODOO_SRC"):
        return stamp.read_text().strip()
    release = (odoo_root() / "odoo/release.py").read_text()
    found = re.search(r"^version_info = \((\d+), (\d+)", release, re.M)
    if not found or found.group(1) != "19":
        raise Failure("ODOO_SRC is not Odoo 19.")
    return f"{found.group(1)}.{found.group(2)} {odoo_root()}"


def addons_paths():
    root = odoo_root()
    # In Debian's package odoo/addons is complete, and the addons/ beside it is not
    standard = [root / "odoo/addons"]
    if not (root / "odoo/addons/account").exists():
        standard.append(root / "addons")
    return [*standard, ADDONS]


# --- Python ------------------------------------------------------------------------------------


def find_python():
    for name in (sys.executable, "python3.13", "python3.12", "python3.11", "python3.10", "/usr/bin/python3"):
        path = shutil.which(name)
        if path and (3, 10) <= python_version(path) <= (3, 13):
            return path
    return None


def python_version(path):
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], capture_output=True, text=True)
    return tuple(int(word) for word in done.stdout.split())


def install_venv():
    """What makes Python environments: Debian has it in a package of its own."""
    if find_python() and not has_venv():
        install_packages(["python3-venv"], "Python packages")


def has_venv():
    return not subprocess.run([find_python(), "-c", "import venv, ensurepip"], capture_output=True).returncode


def install_python():
    requirements = REPO / "dev/requirements.txt"
    wanted, installed = requirements.read_text(), VENV / requirements.name
    if PYTHON.exists() and installed.exists() and installed.read_text() == wanted:
        return
    python = find_python()
    if not python:
        raise Failure("Odoo 19 needs Python 3.10 to 3.13 and this machine has none: install one, e.g. python3.13.")
    with step("Installing Python packages"):
        shutil.rmtree(VENV, ignore_errors=True)
        run(python, "-m", "venv", VENV, why="The Python environment could not be made; is the disk full?")
        why = "The Python packages could not be installed; check the network and the disk, then run this again"
        # Python looks for what it has compiled in the cache's own folder, see set_environment.
        options = ("--disable-pip-version-check", "--no-compile", "-r", requirements)
        run(PYTHON, "-m", "pip", "install", *options, why=why)
        installed.write_text(wanted)


# --- Node, for the tests against the providers' contracts --------------------------------------


def install_node():
    """Node, and the pinned packages of dev/package-lock.json."""
    missing = {"node": "nodejs", "npm": "npm"}
    install_packages([package for name, package in missing.items() if not shutil.which(name)], "contract tests")
    version = tuple(map(int, run("node", "--version", why="Node does not run").strip().lstrip("v").split(".")))
    if version < OLDEST_NODE:
        wanted = ".".join(map(str, OLDEST_NODE))
        raise Failure(f"The contract tests need Node {wanted} or newer, and this machine's is older: install one.")
    locked = [REPO / "dev" / name for name in ("package.json", "package-lock.json")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in locked)).hexdigest()
    if (NODE / "stamp").exists() and (NODE / "stamp").read_text() == digest:
        return
    with step("Installing Node packages"):
        part = NODE.with_name("node.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for path in locked:
            shutil.copy(path, part)
        options = ("--prefix", part, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
        run("npm", "ci", *options, why="The Node packages could not be installed; is there a network?", cwd=part)
        (part / "stamp").write_text(digest)
        shutil.rmtree(NODE, ignore_errors=True)
        part.rename(NODE)


def link_printer():
    """The program that prints, under the name by which Odoo looks for it, in a folder of its own."""
    PROGRAMS.mkdir(exist_ok=True)
    link = PROGRAMS / "wkhtmltopdf"
    if has_patched_printer() and not (link.is_symlink() and link.readlink() == PATCHED_PRINTER):
        link.unlink(missing_ok=True)
        link.symlink_to(PATCHED_PRINTER)


def link_addon():
    """The repository's entries under the addon's name, but for the cache, which tools that walk it must not see."""
    home = ADDONS / ADDON
    home.mkdir(parents=True, exist_ok=True)
    wanted = {path.name for path in REPO.iterdir() if path.name[0] != "." and path.name != "dev" and path != CACHE}
    for link in home.iterdir():
        if link.name not in wanted:
            link.unlink()
    for name in wanted:
        if not (home / name).is_symlink():
            (home / name).symlink_to(REPO / name)


# --- all of it ---------------------------------------------------------------------------------


def set_environment():
    conf = CACHE / "odoo.conf"
    lines = ["[options]", f"addons_path = {','.join(map(str, addons_paths()))}", f"data_dir = {CACHE / 'data'}"]
    lines += ["http_interface = 127.0.0.1", "list_db = False", ""]
    part = conf.with_name(f"odoo.conf.{os.getpid()}")
    part.write_text("\n".join(lines))
    part.replace(conf)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Odoo would be compiled at every start
    os.environ.update(
        ODOO_RC=str(conf),
        PATH=os.pathsep.join((str(PROGRAMS), str(VENV / "bin"), os.environ["PATH"])),
        PYTHONPATH=str(odoo_root()),
        PYTHONPYCACHEPREFIX=str(CACHE / "pycache"),
    )


def set_up(template=True, tests=False):
    """Leave this process with all that is needed to run odoo(…) as a child."""
    with lock("setup"):
        LOGS.mkdir(exist_ok=True)
        install_venv()
        side_by_side(lambda: prepare_server(tests), fetch_odoo, install_python)
        link_printer()
        link_addon()
        set_environment()
        if template:
            build_template(odoo_version())


def prepare_server(tests):
    install_system_packages(tests)
    start_postgres()


def side_by_side(*jobs):
    """Do what waits for the network, the disk and the processor at the same time."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for running in [pool.submit(job) for job in jobs]:
            running.result()


def set_up_python():
    """Only the Python environment: enough for the engine's tests and the gate."""
    with lock("setup"):
        LOGS.mkdir(exist_ok=True)
        install_python()


def set_up_node():
    """What the contract tests need beside the Python environment."""
    with lock("setup"):
        LOGS.mkdir(exist_ok=True)
        install_node()


if __name__ == "__main__":
    main(lambda words: set_up(tests=True))
