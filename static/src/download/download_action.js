import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

/** Download a document, then go on with what follows; opening it in a window would be taken for a pop-up. */
function download(env, { params }) {
    browser.location.assign(params.url);
    return params.next;
}

registry.category("actions").add("chasing_download", download);
