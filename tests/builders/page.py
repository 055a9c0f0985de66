"""A page of a real browser, used as a person uses it: by the names of things, with a real mouse or real keys.

Without Odoo: the tests of Odoo and the commands of `dev/` both steer their browser with it.
"""

import base64
import json
import time
from pathlib import Path

HELPERS = Path(__file__).with_suffix(".js").read_text()
# key -> (code, number, text), as Chromium's Input.dispatchKeyEvent wants them
KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    " ": ("Space", 32, " "),
    "Backspace": ("Backspace", 8, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "Home": ("Home", 36, ""),
    "End": ("End", 35, ""),
}
MODIFIERS = {"Alt": 1, "Control": 2, "Shift": 8}
# what WCAG 2.2 A and AA ask for
DIALOGS, BEHIND = ".modal, .o_bottom_sheet", [".o_action_manager", ".o_navbar"]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class NotThere(AssertionError):
    """Tells what was looked for in vain, and what the page showed instead."""


class Page:
    """A page that rests after everything done to it.

    :param send: takes a method of Chromium's DevTools protocol and its parameters by name, returns its result
    :param address: the server's, before every path
    """

    def __init__(self, send, address):
        self._send, self._address = send, address
        self.clicks, self.by_keyboard = 0, False
        send("Page.enable")
        send("Page.addScriptToEvaluateOnNewDocument", source=HELPERS)

    # --- looking ---------------------------------------------------------------------------

    def resize(self, width, height):
        """Give the page another size in pixels; a narrow one is a phone's."""
        phone = width < 500
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self._send("Emulation.setTouchEmulationEnabled", enabled=phone)

    def open(self, path):
        """Load a path of the server."""
        self._send("Page.navigate", url=self._address + path)
        self.wait_for("window.chasingPage && chasingPage.isThere()", path, seconds=120)
        self.rest()

    def run(self, script):
        """Return the value of an expression of JavaScript; a promise is waited for."""
        answer = self._send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise NotThere(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait_for(self, script, what, seconds=20):
        """Wait until an expression of JavaScript, or the promise that it gives, is true."""
        end = time.monotonic() + seconds
        while not self._is_true(script):
            if time.monotonic() > end:
                raise NotThere(f"{what}: not there. The page says:\n{self.text()[:3000]}")
            time.sleep(0.05)

    def _is_true(self, script):
        try:
            return self.run(f"Promise.resolve({script}).then(Boolean)")
        except NotThere:
            # the page is being replaced by the next one
            return False

    def rest(self):
        """Wait until nothing is loading and nothing has moved for a moment.

        On a busy machine that moment may lie between an answer and its drawing, so two frames have to change nothing.
        """
        self.wait_for("window.chasingPage && chasingPage.staysAtRest()", "A page that rests", seconds=60)

    def text(self):
        """Return what stands on the page, or in the dialog on top of it."""
        return self.run("window.chasingPage ? chasingPage.text() : ''") or ""

    def see(self, *texts):
        """Wait until each of the texts stands there, or was said by a notification since the last click."""
        for text in texts:
            self.wait_for(f"chasingPage.said().includes({json.dumps(text)})", text)

    def focused(self):
        """Return a description of what has the focus."""
        return self.run("chasingPage.focused()")

    def picture(self, path):
        """Write what is shown as a PNG."""
        Path(path).write_bytes(base64.b64decode(self._send("Page.captureScreenshot", format="png")["data"]))

    # --- doing -----------------------------------------------------------------------------

    def click(self, name, within=""):
        """Click on the button, link, menu, field or record of this name; by keyboard: go there and press it.

        :param within: a text that stands in the same row, card or banner
        """
        thing = self._find(name, within)
        self.run("chasingPage.forget()")
        if self.by_keyboard:
            if self._press_shortcut(thing):
                return
            self._reach(thing, name)
            self.press(
                " " if self.run(f"{thing}.matches('input[type=checkbox], input[type=radio], label')") else "Enter"
            )
            return
        self._click_on(thing, name)

    def fill(self, name, text, within=""):
        """Replace what stands in a field by a text."""
        thing = self._find(name, within)
        if self.by_keyboard:
            self._reach(thing, name)
        elif not self.run(f"chasingPage.isFocused({thing})"):
            self._click_on(thing, name)
        if self.run(f"{thing}.matches('select')"):
            self._type(text)
        else:
            self.press("Control+a")
            self._send("Input.insertText", text=text)
        self.rest()

    def choose(self, name, text, within=""):
        """Type into a field that proposes, and take the proposal of this name."""
        self.fill(name, text, within)
        if self.by_keyboard:
            self._find(text, "")
            self.press("Enter")
        else:
            self.click(text)

    def upload(self, name, path):
        """Click on a button that asks for a file, and choose this one."""
        self._send("Page.setInterceptFileChooserDialog", enabled=True)
        self.click(name)
        field = self._send("Runtime.evaluate", expression="document.querySelector('input[type=file]')")
        self._send("DOM.setFileInputFiles", files=[str(path)], objectId=field["result"]["objectId"])
        self.rest()

    def press(self, keys, times=1):
        """Press a key, or several at once such as Control+a."""
        *held, key = keys.split("+")
        code, number, text = KEYS[key] if key in KEYS else (f"Key{key.upper()}", ord(key.upper()), key)
        modifiers = sum(MODIFIERS[word] for word in held)
        stroke = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        commands = {"commands": ["selectAll"]} if keys == "Control+a" else {}
        for _time in range(times):
            typed = {"text": text} if text and not modifiers & ~MODIFIERS["Shift"] else {}
            self._send(
                "Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **stroke, **typed, **commands
            )
            self._send("Input.dispatchKeyEvent", type="keyUp", **stroke)
        self.rest()

    def _type(self, text):
        for letter in text:
            self._send("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            self._send("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def _find(self, name, within):
        """Return the expression of the thing of this name, once it is there."""
        self.rest()
        thing = f"chasingPage.find({json.dumps(name)}, {json.dumps(within)})"
        self.wait_for(thing, f"{name} ({within})" if within else name)
        self.run(f"window.chasingThing = {thing}; true")
        return "window.chasingThing"

    def _click_on(self, thing, name):
        place = self.run(f"chasingPage.point({thing})")
        if place["isCovered"]:
            raise NotThere(f"{name} is covered by something else.")
        where = {"x": place["x"], "y": place["y"]}
        self._send("Input.dispatchMouseEvent", type="mouseMoved", **where)
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)
        self.clicks += 1
        self.rest()

    def _press_shortcut(self, thing):
        """Press the shortcut of a thing, if it has one: the bar in which one searches keeps the key Tab to itself."""
        is_searching = self.run("Boolean(document.activeElement.closest('.o_searchview'))")
        shortcut = is_searching and self.run(f"{thing}.dataset.hotkey || ''")
        if shortcut:
            self.press(f"Alt+{shortcut}")
        elif is_searching:
            self.press("ArrowDown")
        return bool(shortcut)

    def _reach(self, thing, name):
        """Go to a thing with the keys that lead there: arrows within menus, lists and groups of radio buttons."""
        for key in self._ways(thing):
            for _step in range(250):
                if self.run(f"chasingPage.isFocused({thing})"):
                    return
                # Odoo's lists do not know which line is edited while they leave one for the next.
                is_in_line = self.run("Boolean(document.activeElement.closest('.o_selected_row'))")
                self._stroke(key)
                if is_in_line:
                    self.rest()
        raise NotThere(f"{name} cannot be reached by keyboard; the focus ended on {self.focused()}.")

    def _ways(self, thing):
        if self.run(f"Boolean({thing}.closest('.o-dropdown--menu, .o-autocomplete--dropdown-menu, [role=menu]'))"):
            return ["ArrowDown"]
        if self.run(f"{thing}.matches('[tabindex=\"-1\"], td')"):
            return ["Tab", "ArrowDown", "ArrowRight"]
        return ["Tab"]

    def _stroke(self, key):
        """Press a key without waiting for the page to rest."""
        code, number, _text = KEYS[key]
        for kind in ("rawKeyDown", "keyUp"):
            self._send("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number)

    # --- judging ---------------------------------------------------------------------------

    def violations(self, axe):
        """Return what axe finds against WCAG 2.2 A and AA: a list of (rule, part of the page, its HTML).

        What lies behind a dialog is not looked at: nobody can use it, and on a phone it is drawn smaller.

        :param axe: the source of axe-core
        """
        if not self.run("Boolean(window.axe)"):
            self.run(f"{axe}; true")
        place = f"document.querySelector({json.dumps(DIALOGS)}) ? {json.dumps({'exclude': BEHIND})} : document"
        options = json.dumps({"runOnly": STANDARDS, "resultTypes": ["violations"], "iframes": False})
        found = self.run(
            f"axe.run({place}, {options}).then((found) => found.violations.flatMap((rule) => rule.nodes.map("
            "(node) => [rule.id, node.target.join(' '), node.html, node.failureSummary])))"
        )
        return [tuple(one) for one in found]

    def cut(self):
        """Return descriptions of what is cut off or lies outside the width."""
        return self.run("chasingPage.cut()")
