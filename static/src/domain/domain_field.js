import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

const FIELD_CHOICE = ".o_model_field_selector_value";

/** A condition whose fields can be chosen by keyboard too. */
export class ChasingDomainField extends DomainField {
    static template = "invoice_chasing.DomainField";

    onKeydown(ev) {
        const choice = ["Enter", " "].includes(ev.key) && ev.target.closest(FIELD_CHOICE);
        if (choice) {
            ev.preventDefault();
            choice.click();
        }
    }
}

registry.category("fields").add("chasing_domain", {
    ...domainField,
    component: ChasingDomainField,
    displayName: _t("Condition"),
});
