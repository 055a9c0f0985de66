"""Take pictures of a running Odoo with headless Chromium: shoot.py URL DATABASE FOLDER.

Run by `dev/screenshots` in the project's Python; it logs in as admin.
"""

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests/builders"))
from page import Page

OPTIONS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --hide-scrollbars --remote-debugging-port=0 --remote-allow-origins=*"
)
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Odoo:
    """A session with the server."""

    def __init__(self, url, database):
        self.url = url
        request = self._request("/web/session/authenticate", {"db": database, "login": "admin", "password": "admin"})
        with OPENER.open(request, timeout=120) as answer:
            cookies = answer.headers.get_all("Set-Cookie")
            if "error" in json.load(answer):
                raise SystemExit("screenshots: admin could not log in.")
        self.session = next(cookie.split(";")[0].split("=", 1)[1] for cookie in cookies if "session_id" in cookie)

    def _request(self, path, params, **headers):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        return urllib.request.Request(self.url + path, body, {"Content-Type": "application/json", **headers})

    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        path = f"/web/dataset/call_kw/{model}/{method}"
        with OPENER.open(self._request(path, params, Cookie=f"session_id={self.session}"), timeout=120) as answer:
            found = json.load(answer)
        if "error" in found:
            raise SystemExit(f"screenshots: {found['error']['data']['message']}")
        return found["result"]


class Browser:
    """Chromium with an empty profile, steered through its DevTools protocol."""

    def __enter__(self):
        self.profile = Path(tempfile.mkdtemp(prefix="shoot"))
        binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        line = [binary, *OPTIONS.split(), f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._wait(lambda: self._port())
        pages = json.load(OPENER.open(f"http://127.0.0.1:{port}/json", timeout=10))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.numbers = itertools.count(1)
        return self

    def __exit__(self, *_error):
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        file = self.profile / "DevToolsActivePort"
        return file.exists() and file.read_text().split("\n")[0]

    def _wait(self, found, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := found():
                return value
            time.sleep(0.2)
        raise SystemExit("screenshots: waited in vain.")

    def send(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                return answer.get("result", answer)

    def page(self, odoo):
        """A page that shows what the session may see."""
        self.send("Network.setCookie", name="session_id", value=odoo.session, url=odoo.url)
        return Page(self.send, odoo.url)


def main(url, database, folder):
    odoo = Odoo(url, database)
    move_id = telling_invoice(odoo)
    [cadence_id] = odoo.call("chasing.cadence", "search", [["name", "=", "Standard"]], limit=1)
    with Browser() as browser:
        page = browser.page(odoo)
        for name, width, height in (("invoice", 1280, 1060), ("invoice_phone", 360, 1400)):
            page.resize(width, height)
            page.open(f"/odoo/customer-invoices/{move_id}")
            page.click("Chasing")
            page.picture(f"{folder}/{name}.png")
        page.resize(1280, 860)
        page.open(f"/odoo/action-invoice_chasing.chasing_cadence_action/{cadence_id}")
        page.picture(f"{folder}/cadence.png")
        page.resize(1280, 600)
        page.open("/odoo/chasing")
        page.picture(f"{folder}/chasing.png")


def telling_invoice(odoo):
    """The id of the chased invoice about which most left while something is still to come."""
    groups = odoo.call(
        "chasing.step",
        "formatted_read_group",
        [["state", "=", "sent"], ["schedule_id.status", "=", "active"]],
        ["schedule_id"],
        ["__count"],
        order="__count desc, schedule_id",
        limit=1,
    )
    domain = [["id", "=", groups[0]["schedule_id"][0]]] if groups else []
    schedules = odoo.call("chasing.schedule", "search_read", domain, ["move_id"], limit=1)
    if not schedules:
        raise SystemExit("screenshots: no invoice is chased in this database.")
    return schedules[0]["move_id"][0]


if __name__ == "__main__":
    main(*sys.argv[1:])
