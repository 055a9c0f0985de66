"""The databases of the other commands: a PostgreSQL server of their own, copies of databases, the template they are
copied from, and what is installed in them."""

import ast
import hashlib
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from project import ADDON, CACHE, LOGS, REPO, TEMPLATE, Failure, free_port, lock, odoo, run, step

# --- the server --------------------------------------------------------------------------------


def start_postgres():
    """Start the private server unless it runs or PGHOST names another; set PGHOST, PGPORT, PGUSER."""
    if os.environ.get("PGHOST"):
        return
    user = "postgres" if os.geteuid() == 0 else None
    data = postgres_folder(user)
    if not (data / "PG_VERSION").exists():
        make_cluster(data, user)
    port = running_port(data, user)
    if not port:
        port = free_port(5433)
        with step("Starting PostgreSQL"):
            start = ["-D", data, "-w", "-l", data / "server.log", "-o", f"-p {port}", "start"]
            run(*as_user(user), postgres_bin() / "pg_ctl", *start, why="PostgreSQL did not start", cwd="/")
    os.environ.update(PGHOST="127.0.0.1", PGPORT=str(port), PGUSER="odoo")


def postgres_folder(user):
    """In the cache, or beside it where the server's user may not enter the cache."""
    if user and not may_enter(user):
        return Path("/var/tmp") / f"{ADDON}-{hashlib.sha256(str(CACHE).encode()).hexdigest()[:8]}" / "pg"
    return CACHE / "postgres/pg"


def may_enter(user):
    return not subprocess.run([*as_user(user), "test", "-x", CACHE], cwd="/").returncode


def as_user(user):
    return ["runuser", "-u", user, "--"] if user else []


def postgres_bin():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    binary = shutil.which("initdb")
    if not binary:
        raise Failure("PostgreSQL's initdb was not found: install the package postgresql.")
    return Path(binary).resolve().parent


def make_cluster(data, user):
    with step("Making a PostgreSQL server of our own"):
        home, part = data.parent, data.parent / "part"
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        if user:
            account = pwd.getpwnam(user)
            os.chown(home, account.pw_uid, account.pw_gid)
        options = ["-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        initdb = postgres_bin() / "initdb"
        run(*as_user(user), initdb, "-D", part, *options, cwd="/", why="PostgreSQL could not be prepared")
        settings = (
            "listen_addresses = '127.0.0.1'",
            "unix_socket_directories = ''",
            # Test and demo data only: a crash may lose it
            "fsync = off",
            "full_page_writes = off",
            "synchronous_commit = off",
            "max_connections = 200",
            "shared_buffers = 512MB",
        )
        with open(part / "postgresql.conf", "a") as conf:
            conf.write("\n".join(settings) + "\n")
        part.rename(data)


def running_port(data, user):
    status = [*as_user(user), postgres_bin() / "pg_ctl", "-D", data, "status"]
    if subprocess.run(status, cwd="/", capture_output=True).returncode:
        return None
    return int((data / "postmaster.pid").read_text().splitlines()[3])


# --- databases ---------------------------------------------------------------------------------


def sql(statement, database="postgres"):
    """Rows (lists of text) of one statement."""
    out = run("psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement, why="The database refused")
    return [line.split("|") for line in out.splitlines()]


def database_exists(name):
    return bool(sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def database_comment(name):
    """What the database was made from, or None."""
    rows = sql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'")
    return rows[0][0] if rows else None


def comment_database(name, text):
    sql(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def drop_database(name):
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(CACHE / "data/filestore" / name, ignore_errors=True)


def copy_database(source, name):
    """Copy a database that is kept for copying: PostgreSQL copies only what nobody is connected to."""
    # it refuses two that close the same one in the same moment
    with lock("copy"):
        if sql(f"SELECT 1 FROM pg_database WHERE datname = '{source}' AND datallowconn"):
            sql(f'ALTER DATABASE "{source}" ALLOW_CONNECTIONS false')
            sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'")
    drop_database(name)
    sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    files = CACHE / "data/filestore" / source
    if files.exists():
        shutil.copytree(files, CACHE / "data/filestore" / name)


def rename_database(source, name):
    files = CACHE / "data/filestore"
    if (files / source).exists():
        shutil.rmtree(files / name, ignore_errors=True)
        (files / source).rename(files / name)
    sql(f'ALTER DATABASE "{source}" RENAME TO "{name}"')


# --- what is installed in them -----------------------------------------------------------------


def dependencies():
    return sorted(ast.literal_eval((REPO / "__manifest__.py").read_text())["depends"])


def build_template(version):
    """The database with the addon's dependencies, made again when they or Odoo's version change."""
    depends = dependencies()
    wanted = f"{version} {','.join(depends)}"
    if database_comment(TEMPLATE) == wanted:
        return
    with step(f"Building the template database ({', '.join(depends)})"):
        part = f"{TEMPLATE}_part"
        drop_database(part)
        install(part, ",".join(depends), "template")
        drop_database(TEMPLATE)
        rename_database(part, TEMPLATE)
        comment_database(TEMPLATE, wanted)


def addon_digest():
    """Of all that an installed database depends on."""
    digest = hashlib.sha256()
    for path in sorted((CACHE / "addons" / ADDON).iterdir()):
        if path.name not in ("tests", "static"):
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and file.suffix != ".pyc":
                    digest.update(f"{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def installed_once_digest():
    """Of the records that an update of an installed database leaves as they are."""
    digest = hashlib.sha256()
    for path in sorted((CACHE / "addons" / ADDON).glob("*/*.xml")):
        if b'noupdate="1"' in path.read_bytes():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def install(database, modules, log_name, *options):
    """Install modules in the database, which is made if need be; on failure name Odoo's own reason."""
    log = LOGS / f"{log_name}.log"
    log.unlink(missing_ok=True)
    line = odoo("-d", database, "-i", modules, "--stop-after-init", "--no-http", f"--logfile={log}", *options)
    done = subprocess.run(line, capture_output=True, text=True)
    wanted = modules.replace(",", "','")
    state = f"SELECT 1 FROM ir_module_module WHERE name IN ('{wanted}') AND state != 'installed'"
    if done.returncode or sql(state, database):
        said = (log.read_text(errors="replace") if log.exists() else done.stderr).splitlines()
        reasons = [text for text in said if re.match(r"\S*(Error|Exception|Warning|ValidationError)\b", text)]
        raise Failure(f"Odoo could not install {modules}: {(reasons or said or ['no reason given'])[-1]} (see {log}).")
