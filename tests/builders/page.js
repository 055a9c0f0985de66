// What tests/builders/page.py asks of a page: whether it rests, where a thing of a given name is, what is cut.
(() => {
    const LAYERS = ".modal, .o-dropdown--menu, .o_popover, .o-autocomplete--dropdown-menu, .o_select_menu_menu, .o_notification";
    const POPUPS = LAYERS.replace(".modal, ", "");
    const THINGS =
        "button, a, summary, input, select, textarea, [contenteditable=true], [role=button], [role=menuitem], [role=menuitemradio], " +
        "[role=menuitemcheckbox], [role=option], [role=tab], [role=radio], [role=checkbox], [role=switch], [tabindex='0'], " +
        "label, .o_kanban_record, .o_data_cell";
    const GROUPS = "tr, li, [role=row], .o_kanban_record, .card, .o_setting_box, .alert, fieldset";
    const NOT_OURS = "iframe, svg, script, style, .o_navbar, .o-mail-Chatter, .o_attachment_preview, .o_cp_searchview, .o_calendar_renderer, .visually-hidden";
    // in milliseconds: longer than Odoo waits for the end of somebody's typing, shorter than before it shows a tooltip
    const SHORTLY = 300;
    let running = 0;
    let changed = performance.now();

    // a page with unsaved changes would ask whether it may be left
    window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), true);

    const fetching = window.fetch;
    window.fetch = async (...words) => {
        running += 1;
        try {
            return await fetching.apply(window, words);
        } finally {
            running -= 1;
        }
    };
    const sending = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (...words) {
        running += 1;
        this.addEventListener("loadend", () => (running -= 1));
        return sending.apply(this, words);
    };
    // what a page puts off for a moment, such as the search of what was typed, is still to come
    const { setTimeout: later, clearTimeout: revoke } = window;
    const pending = new Set();
    window.setTimeout = (act, delay = 0, ...words) => {
        const timer = later(
            (...given) => {
                pending.delete(timer);
                act(...given);
            },
            delay,
            ...words
        );
        if (delay <= SHORTLY) {
            pending.add(timer);
        }
        return timer;
    };
    window.clearTimeout = (timer) => {
        pending.delete(timer);
        revoke(timer);
    };
    // the bar of a notification that closes by itself moves with every frame
    const isBar = ({ type, target }) => type === "attributes" && target.closest(".o_notification");
    // a notification closes by itself, on a busy machine before anybody has looked
    const told = [];
    const note = (moves) => {
        for (const thing of moves.flatMap(({ addedNodes }) => [...addedNodes])) {
            const within = thing.querySelectorAll?.(".o_notification") || [];
            const notifications = thing.matches?.(".o_notification") ? [thing] : [...within];
            told.push(...notifications.map((one) => one.innerText));
        }
        return moves.every(isBar) || (changed = performance.now());
    };
    new MutationObserver(note).observe(document, {
        attributes: true, characterData: true, childList: true, subtree: true,
    });

    const plain = (text) => (text || "").replace(/\s+/g, " ").trim();
    const isShown = (thing) => {
        const place = thing.getBoundingClientRect();
        return place.width > 0 && place.height > 0 && getComputedStyle(thing).visibility !== "hidden";
    };
    const labels = (thing) => [...(thing.labels || [])].map((label) => label.innerText).join(" ");
    const names = (thing) =>
        [
            thing.getAttribute("aria-label"),
            ...(thing.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.innerText),
            labels(thing),
            thing.matches("input, select, textarea") ? thing.placeholder : thing.innerText,
            thing.title,
            thing.dataset.tooltip,
            ["button", "submit"].includes(thing.type) ? thing.value : "",
            // Odoo gives the tick that selects every row no name
            thing.matches("thead .o_list_record_selector input") ? "Select page" : "",
        ]
            .map(plain)
            .filter(Boolean);
    /** The dialog on top with what pops up over it, or the whole page. */
    const layers = () => {
        const dialogs = [...document.querySelectorAll(".modal")].filter(isShown);
        return dialogs.length ? [dialogs.at(-1), ...document.querySelectorAll(POPUPS)] : [document.body];
    };

    const find = (name, within) => {
        let places = layers();
        if (within) {
            const groups = places.flatMap((place) => [...place.querySelectorAll(GROUPS)]).filter(isShown);
            places = groups.filter((group) => plain(group.innerText + " " + [...group.querySelectorAll("input")].map((one) => one.value)).includes(within));
            // the innermost first
            places.sort((one, other) => one.innerText.length - other.innerText.length);
        }
        const things = places.flatMap((place) => [place, ...place.querySelectorAll(THINGS)]);
        const shown = things.filter((thing) => thing.matches(THINGS) && isShown(thing) && !thing.disabled);
        // what pops up lies over the rest, and a menu above the screen is meant last
        const rank = (thing) => (thing.closest(POPUPS) ? 0 : thing.closest(".o_navbar") ? 2 : 1);
        shown.sort((one, other) => rank(one) - rank(other));
        return (
            shown.find((thing) => names(thing).includes(name)) ||
            shown.find((thing) => names(thing).some((text) => text.startsWith(name))) ||
            shown.find((thing) => names(thing).some((text) => text.includes(name)))
        );
    };

    const point = (thing) => {
        thing.scrollIntoView({ block: "center", inline: "nearest" });
        const { left, top, width, height } = thing.getBoundingClientRect();
        const [x, y] = [left + width / 2, top + height / 2];
        const over = document.elementFromPoint(x, y);
        return { x, y, isCovered: !over || !(thing.contains(over) || over.contains(thing)) };
    };

    const isFocused = (thing) => {
        const focused = document.activeElement;
        return thing === focused || (thing.matches("label") ? thing.control === focused : thing.contains(focused) && thing.matches("[role=option], .o_data_cell, li"))
            || thing.classList.contains("focus") || thing.getAttribute("aria-selected") === "true" && thing.matches("[role=option]");
    };

    const describe = (thing) => {
        const kind = thing.matches("input") ? `input[${thing.type}]` : thing.tagName.toLowerCase();
        return `${kind}.${[...thing.classList].join(".")} "${names(thing)[0] || ""}"`;
    };

    const scrolls = (thing) => ["auto", "scroll"].includes(getComputedStyle(thing).overflowX) && thing.scrollWidth > thing.clientWidth + 1;
    /** What cuts a text off at its side: the nearest thing around it that hides what is too wide; null if none does. */
    const cutter = (thing, right) => {
        for (let around = thing; around && around !== document.body; around = around.parentElement) {
            if (scrolls(around)) {
                return null;
            }
            const { overflowX } = getComputedStyle(around);
            if (["hidden", "clip"].includes(overflowX) && right > around.getBoundingClientRect().right + 1) {
                return around;
            }
        }
        return right > document.documentElement.clientWidth + 1 ? document.body : null;
    };

    const onDesk = () => document.documentElement.clientWidth > 500;
    /** The words of a text that stand on two lines; on a phone only those that a line would hold. */
    const broken = (text, thing) => {
        const range = document.createRange();
        const found = [];
        for (const word of text.data.matchAll(/[^\s/@–-]{4,}/g)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = [...range.getClientRects()].filter((line) => line.width > 0);
            const width = lines.reduce((sum, line) => sum + line.width, 0);
            if (new Set(lines.map((line) => Math.round(line.top))).size > 1 && (onDesk() || width < thing.closest("td, div").clientWidth)) {
                found.push(word[0]);
            }
        }
        return found;
    };

    /** What does not fit: words that are broken, texts that are cut off or lie outside the screen, and on a desk lists that scroll sideways. */
    const cut = () => {
        const found = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const thing = texts.currentNode.parentElement;
            if (!plain(texts.currentNode.data) || !isShown(thing) || thing.closest(NOT_OURS)) {
                continue;
            }
            const range = document.createRange();
            range.selectNodeContents(texts.currentNode);
            found.push(...broken(texts.currentNode, thing).map((word) => `broken: ${describe(thing).slice(0, 60)} "${word}"`));
            const hides = thing.scrollWidth > thing.clientWidth + 1 && getComputedStyle(thing).overflowX === "hidden";
            if (hides || cutter(thing, range.getBoundingClientRect().right)) {
                found.push(`cut: ${describe(thing)} "${plain(texts.currentNode.data).slice(0, 60)}"`);
            }
        }
        if (onDesk()) {
            const lists = [...document.querySelectorAll(".o_list_renderer, .o_content, .modal-body")];
            found.push(...lists.filter((list) => isShown(list) && scrolls(list)).map((list) => `scrolls sideways: ${describe(list).slice(0, 80)}`));
        }
        return found;
    };

    /** Whether a thing slides or fades in or out; what turns for ever, such as a sign of waiting, does not count. */
    const isMoving = () => document.getAnimations().some((one) => one.playState === "running" && one.effect.getComputedTiming().endTime < Infinity);
    const isResting = () =>
        document.readyState === "complete" && running === 0 && pending.size === 0 && performance.now() - changed > 120 && !isMoving() && !document.querySelector(".o_blockUI, .o_loading_indicator");
    const drawing = () => new Promise((drawn) => requestAnimationFrame(drawn));
    /** Whether nothing moves while two frames are drawn: a busy page draws late what it was told. */
    const staysAtRest = async () => {
        if (!isResting()) {
            return false;
        }
        await drawing();
        await drawing();
        return isResting();
    };

    window.chasingPage = {
        /** Whether a page of Odoo is drawn, in the office or in the portal. */
        isThere: () => Boolean(document.querySelector(".o_action_manager > *, .o_portal, .oe_login_form, main")),
        staysAtRest,
        find,
        point,
        isFocused,
        describe,
        cut,
        text: () => layers().map((layer) => layer?.innerText || "").join("\n"),
        /** What stands there, and what notifications said since `forget`. */
        said: () => [window.chasingPage.text(), ...told].join("\n").replace(/\s+/g, " "),
        forget: () => told.splice(0).length,
        focused: () => describe(document.activeElement),
    };
})();
