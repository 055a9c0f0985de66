"""Takes a picture of every message that `compose` wrote into a folder, judges each e-mail, and lays them side by side.

An e-mail is judged by its size and width, by axe, and by what Gmail, Outlook and Apple Mail keep of it.

Run by `dev/screenshots --messages`. E-mails are seen at 600 and at 320 pixels, by day and some by night; one language's
words of a channel are on one sheet.
"""

import argparse
import base64
import json
import subprocess
import sys
import textwrap
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests/builders")]

from page import STANDARDS  # noqa: E402

from shoot import Browser  # noqa: E402

SIZES = {"desk": 640, "phone": 320}
NIGHT = {"name": "prefers-color-scheme", "value": "dark"}
MAX_BYTES = 60_000
# Of a sheet.
COLUMN, GAP, LABEL, IN_ROW = 420, 16, 22, 5


class Reader:
    """A reader of e-mails: Chromium, which shows one file after the other."""

    def __init__(self, browser, folder, axe):
        self.send, self.folder, self.axe, self.faults = browser.send, folder, axe, []
        self.send("Page.enable")
        self.seen = 0

    def look_at(self, message, size, is_night=False, has_pictures=True):
        """Take a picture of an e-mail, and judge it."""
        width, name = SIZES[size], message["name"]
        ending = "_night" * is_night + "_bare" * (not has_pictures)
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setEmulatedMedia", features=[NIGHT] if is_night else [])
        self.send("Network.enable")
        self.send("Network.setBlockedURLs", urls=[] if has_pictures else ["*logo.png*", "*/chasing/qr/*"])
        self.send("Page.navigate", url=(self.folder / f"{name}.html").as_uri())
        self.wait()
        height, wide = self.run("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
        self.judge(f"{name}_{size}{ending}", [f"it is {wide} pixels wide"] if wide > width else [])
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        path = self.folder / f"{name}_{size}{ending}.png"
        picture = self.send("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))
        self.judge(path.stem, self.violations())
        return path

    def judge(self, title, found):
        self.seen += 1
        if found:
            self.faults.append(f"{title}: {'; '.join(found)}")

    def run(self, script):
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"messages: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self):
        self.run(
            "new Promise((done) => { const look = () => document.readyState == 'complete' && document.body"
            " ? requestAnimationFrame(() => requestAnimationFrame(done)) : setTimeout(look, 20); look(); })"
        )

    def violations(self):
        self.run(f"{self.axe}; true")
        options = json.dumps({"runOnly": STANDARDS, "resultTypes": ["violations"]})
        return self.run(
            f"axe.run(document, {options}).then((found) => found.violations.flatMap("
            "(rule) => rule.nodes.map((node) => rule.id + ' ' + node.target.join(' '))))"
        )


def pictures_of(message, reader):
    """Yield (what the picture is of, its path) of a message: by day on both screens, of one tone at night and bare."""
    name = message["name"]
    if message["channel"] == "letter":
        subprocess.run(
            ["pdftoppm", "-png", "-r", "80", reader.folder / f"{name}.pdf", reader.folder / name], check=True
        )
        for path in sorted(reader.folder.glob(f"{name}-*.png")):
            yield path.stem, path
    if message["channel"] != "email":
        return
    html = reader.folder / f"{name}.html"
    size = html.stat().st_size
    reader.judge(f"{name}: size", [f"it has {size} bytes"] if size > MAX_BYTES else [])
    for size in SIZES:
        yield f"{name} {size}", reader.look_at(message, size)
    if message["tone"] == "Standard" and message["language"] == "en_US":
        for size in SIZES:
            yield f"{name} {size} at night", reader.look_at(message, size, is_night=True)
        yield f"{name} without pictures", reader.look_at(message, "desk", has_pictures=False)


def sheet(path, pictures):
    """Lay pictures side by side, each under its name, as wide as a column."""
    scaled = []
    for label, picture in pictures:
        image = Image.open(picture).convert("RGB")
        scaled.append((label, image.resize((COLUMN, round(image.height * COLUMN / image.width)))))
    rows = [scaled[start : start + IN_ROW] for start in range(0, len(scaled), IN_ROW)]
    heights = [max(image.height for _label, image in row) + LABEL + GAP for row in rows]
    whole = Image.new("RGB", (len(rows[0]) * (COLUMN + GAP) + GAP, sum(heights)), "#888888")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(14)
    for number, row in enumerate(rows):
        top = sum(heights[:number])
        for place, (label, image) in enumerate(row):
            left = GAP + place * (COLUMN + GAP)
            pen.text((left, top + 2), label, "white", font)
            whole.paste(image, (left, top + LABEL))
    whole.save(path)


def lint(modules, folder, messages):
    """Return {name: what of it its readers drop} of the e-mails."""
    files = [folder / f"{message['name']}.html" for message in messages if message["channel"] == "email"]
    line = ["node", HERE / "lint.cjs", modules, *files]
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)


def sms_page(folder, messages):
    """Write the texts of all SMS, one after the other."""
    lines = []
    for message in messages:
        lines += [message["name"], textwrap.indent(message["text"], "    "), ""]
    (folder / "sms.txt").write_text("\n".join(lines))


def command(words):
    parser = argparse.ArgumentParser(prog="dev/messages", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("modules", type=Path, help="the folder node_modules")
    parser.add_argument("--only", default="", help="messages whose name begins like this, such as en_standard")
    options = parser.parse_args(words)
    messages = json.loads((options.folder / "messages.json").read_text())
    messages = [message for message in messages if message["name"].startswith(options.only)]
    sms_page(options.folder, [message for message in messages if message["channel"] == "sms"])

    def of_sheet(message):
        return message["language"], message["tone"], message["channel"]

    with Browser() as browser:
        reader = Reader(browser, options.folder, (options.modules / "axe-core/axe.min.js").read_text())
        for name, found in lint(options.modules, options.folder, messages).items():
            reader.judge(f"{name}: readers", found)
        for key, group in groupby(sorted(messages, key=of_sheet), of_sheet):
            found = [picture for message in group for picture in pictures_of(message, reader)]
            kinds = {label.partition(" ")[2] for label, _path in found}
            for kind in kinds:
                chosen = [(label, path) for label, path in found if label.partition(" ")[2] == kind]
                title = "_".join([*key, *kind.split()]).lower()
                sheet(options.folder / f"sheet_{title}.png", chosen)
    print(*reader.faults, sep="\n")
    print(f"{reader.seen - len(reader.faults)} passed, {len(reader.faults)} failed")
    return 1 if reader.faults else 0


sys.exit(command(sys.argv[1:]))
