import { registry } from "@web/core/registry";
import { getTabableElements } from "@web/core/utils/ui";

import { keepFocus } from "../focus/focus_service";

/** So long a message stays that offers something to do: time to read it, and to get there by keyboard (ms). */
const OFFER_DELAY = 15000;
// so long a page may take to be drawn anew (ms)
const PATIENCE = 2000;

/** Do what a button of a toast offers; what that changes is seen at once on the page behind. */
async function press({ orm, action: actions }, { action, model, method, ids }) {
    const release = keepFocus(firstOfPage);
    try {
        const answer = action || (await orm.call(model, method, [ids]));
        if (answer?.type) {
            await actions.doAction(answer);
        }
        if (answer?.type !== "ir.actions.act_window") {
            await actions.doAction("soft_reload");
        }
    } finally {
        setTimeout(release, PATIENCE);
    }
}

/** What gets the focus that was on a button which goes with its toast (WCAG 2.4.3). */
function firstOfPage() {
    const page = document.querySelector(".o_action_manager");
    return page && getTabableElements(page)[0];
}

/** The answer to an act of a person, with buttons for what may come next, such as Undo. */
export function chasingToast(env, { params }) {
    const { message, type, sticky, buttons, next } = params;
    const close = env.services.notification.add(message, {
        type,
        sticky,
        autocloseDelay: OFFER_DELAY,
        className: "o_chasing_toast",
        buttons: buttons.map((button) => ({
            name: button.name,
            onClick: () => {
                close();
                return press(env.services, button);
            },
        })),
    });
    return next;
}

registry.category("actions").add("chasing_toast", chasingToast);
