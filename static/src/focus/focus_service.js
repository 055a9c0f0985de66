import { registry } from "@web/core/registry";
import { getTabableElements } from "@web/core/utils/ui";

// how long a screen may take to be drawn anew after a click, or behind a dialog that has closed
const PATIENCE = 8000;
// a dialog with buttons that leave it open: Odoo disables them for the time being, which loses the focus
const STAYING = ".modal-content:has(.o_chasing_send)";

/**
 * Puts the focus back where it was once a dialog of ours closes, or what was clicked is gone (WCAG 2.4.3).
 *
 * Odoo gives it back to what had it, which is lost if the button was disabled meanwhile, is hidden now, or was drawn
 * anew with the rest of the screen: then it goes to the button that took its place, or to the nearest thing that can
 * take it.
 */
const focusService = {
    dependencies: ["action", "ui"],

    start(_env, { action, ui }) {
        let last = null;
        let inDialog = null;
        let hadDialog = false;

        const isOurs = (element) =>
            element.closest("[name^='chasing'], [name^='action_chasing']") ||
            /^(chasing\.|account\.move$|res\.partner$|(mail|sms)\.template$)/.test(action.currentController?.props?.resModel);

        const remember = ({ target }) => {
            const dialog = target instanceof Element && target.closest(STAYING);
            if (dialog) {
                inDialog = whereabouts(target, dialog.parentElement);
            } else if (target instanceof Element && !target.closest(".modal, .o-overlay-container, .o_notification_manager")) {
                last = isOurs(target) ? whereabouts(target) : null;
            }
        };
        document.addEventListener("focusin", remember);

        // a button may be gone once it has done what it offered; most keep their clicks to themselves
        const follow = ({ target }) => {
            for (const place of [last, inDialog]) {
                if (place && place.element.contains(target)) {
                    keep(place);
                }
            }
        };
        document.addEventListener("click", follow, true);

        // what a shortcut does, such as saving, draws the screen anew as well
        const hasShortcut = ({ altKey }) => altKey && last && keep(last);
        document.addEventListener("keydown", hasShortcut, true);

        ui.bus.addEventListener("active-element-changed", () => {
            const hasDialog = ui.activeElement !== document;
            if (hadDialog && !hasDialog && last) {
                keep(last);
            }
            hadDialog = hasDialog;
        });
    },
};

/** Describes an element so that what takes its place can be found: itself, its name, and what it stands in up to a top. */
function whereabouts(element, top = document.body) {
    const around = [];
    for (let parent = element.parentElement; parent && parent !== top; parent = parent.parentElement) {
        around.push(parent);
    }
    return { element, name: element.getAttribute("name"), around };
}

/** Gives the focus to that place whenever nothing has it, until the screen is drawn or the person goes on. */
function keep(place) {
    keepFocus((isLast) => (isLast || !isWaiting(place.element)) && nearest(place), PATIENCE);
}

/**
 * Gives the focus to a thing whenever nothing has it, until it is told to stop or the person goes on.
 *
 * @param {(isLast: boolean) => HTMLElement|false|undefined} find what gets it, nothing to wait
 * @param {number} [patience] so long at most (ms)
 * @returns {() => void} what stops it
 */
export function keepFocus(find, patience = Infinity) {
    const end = performance.now() + patience;
    let goesOn = false;
    const stop = () => {
        goesOn = true;
        document.removeEventListener("keydown", stop, true);
        document.removeEventListener("pointerdown", stop, true);
    };
    const look = () => {
        const isLast = performance.now() > end;
        if (!goesOn && document.activeElement === document.body) {
            const thing = find(isLast);
            thing && thing.focus();
        }
        if (isLast) {
            stop();
        }
        if (!goesOn) {
            requestAnimationFrame(look);
        }
    };
    document.addEventListener("keydown", stop, true);
    document.addEventListener("pointerdown", stop, true);
    look();
    return stop;
}

/** A button is disabled while what it does is being done, and is itself again afterwards. */
function isWaiting(element) {
    return element.isConnected && element.matches(":disabled");
}

function nearest({ element, name, around }) {
    const stands = around.filter((parent) => parent.isConnected);
    for (const parent of stands) {
        const things = getTabableElements(parent);
        const found = things.includes(element) ? element : things.find((thing) => name && thing.getAttribute("name") === name);
        if (found || things.length) {
            return found || things[0];
        }
    }
}

registry.category("services").add("chasing_focus", focusService);
