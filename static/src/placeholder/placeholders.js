import { registry } from "@web/core/registry";

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const PATH = /^object[\w.]*$/;
const CHIP = "o_chasing_chip";
/** The event that puts a field into a text where its cursor is: a choice of the server's list. */
export const INSERT = "chasing-insert-field";

/** Gives the fields that customers' texts may name, asked for once. */
const fieldsService = {
    dependencies: ["orm"],
    start(_env, { orm }) {
        let asked;
        return async () => {
            asked ||= orm.call("chasing.placeholder", "get_choices", []).catch((error) => {
                asked = undefined;
                throw error;
            });
            return asked;
        };
    },
};
registry.category("services").add("chasing_fields", fieldsService);

/** The field that stands between the braces of a placeholder, without what is said where it is empty. */
function pathOf(inside) {
    const path = inside.split("|||")[0].replaceAll("\u00a0", " ").trim();
    return PATH.test(path) ? path : "";
}

/** The paths of the fields that a plain text names, each once. */
export function pathsIn(text) {
    return [...new Set([...text.matchAll(PLACEHOLDER)].map((found) => pathOf(found[1])).filter(Boolean))];
}

/** A plain text with its fields filled in, what is not known left as it was typed; nothing for one without fields. */
export function filled(text, values) {
    if (!pathsIn(text).length) {
        return "";
    }
    return text.replace(PLACEHOLDER, (found, inside) => {
        const path = pathOf(inside);
        const otherwise = inside.split("|||")[1] || "";
        return path in values ? values[path] || otherwise.trim() : found;
    });
}

/** How an own text says a field. */
export function placeholder(path) {
    return `{{ ${path} }}`;
}

/** A field as it stands in the text for people: by its name, or by what it says of the invoice at hand. */
export function chip(text, name, value, document) {
    const element = document.createElement("span");
    element.className = CHIP;
    element.contentEditable = "false";
    element.dataset.placeholder = text;
    element.dataset.path = pathOf(text.slice(2, -2));
    show(element, name, value);
    return element;
}

/** Shows in a chip what its field says, or its name where it says nothing. */
export function show(element, name, value) {
    element.title = name;
    element.textContent = value || name;
}

export function chips(root) {
    return [...root.querySelectorAll(`.${CHIP}`)];
}

/** HTML in which the known placeholders stand as chips. */
export function withChips(html, names, values) {
    if (!html.includes("{{")) {
        return html;
    }
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        texts.push(walker.currentNode);
    }
    for (const text of texts) {
        // what is not known stays as it was typed
        const parts = text.data.split(/(\{\{[^{}]*\}\})/).map((part) => {
            const path = part.startsWith("{{") && pathOf(part.slice(2, -2));
            return path && names[path] ? chip(part, names[path], values[path], body.ownerDocument) : part;
        });
        text.replaceWith(...parts);
    }
    return body.innerHTML;
}

/** The same HTML as it is stored: each chip as its placeholder. */
export function withoutChips(html) {
    if (!html.includes(CHIP)) {
        return html;
    }
    const { body } = new DOMParser().parseFromString(html, "text/html");
    chips(body).forEach((one) => one.replaceWith(one.dataset.placeholder));
    body.normalize();
    return body.innerHTML;
}
