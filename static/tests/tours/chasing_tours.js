import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");
const closed = { trigger: "body:not(:has(.modal))" };

tours.add("chasing_first_run", {
    steps: () => [
        { trigger: ".o_list_view .alert:contains(Invoice chasing is off)" },
        { trigger: "button.o_chasing_switch_on", run: "click" },
        { trigger: ".modal .o_field_widget[name=cadence_id] input:value(Usual)" },
        { trigger: ".modal .o_field_widget[name=steps_text]:contains(3 days before due at 10:00)" },
        { trigger: ".modal button[name=action_next]", run: "click" },
        { trigger: ".modal .o_field_widget[name=start_date]:not(:hidden)" },
        { trigger: ".modal button[name=action_next]", run: "click" },
        { trigger: ".modal .o_field_widget[name=look]:contains(3 will be sent, first Mon 2 Mar 09:00)" },
        { trigger: ".modal button[name=action_switch_on]", run: "click" },
        closed,
        { trigger: ".o_list_view:not(:has(.alert)) .o_nocontent_help:contains(Nothing here needs you)" },
        { trigger: ".o_chasing_today:contains(1 invoices)" },
        { trigger: ".o_searchview_facet:contains(Needs Me) .o_facet_remove", run: "click" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Active)" },
    ],
});

tours.add("chasing_cards", {
    steps: () => [
        { trigger: ".o_chasing_card[data-status=failed]:contains(0 Failed)" },
        { trigger: ".o_chasing_card[data-status=paused]:contains(2 Paused):contains(150.00)", run: "click" },
        { trigger: ".o_searchview_facet:contains(Paused)" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Paused)" },
        { content: "The steps of all invoices", trigger: ".o_chasing_tabs button:contains(Actions)", run: "click" },
        { trigger: ".o_searchview_facet:contains(To Do) .o_facet_remove", run: "click" },
        { trigger: ".o_data_row:contains(5 days after due):contains(Planned)" },
        { content: "What goes out", trigger: ".o_chasing_tabs button:contains(Forecast)", run: "click" },
        { trigger: ".o_chasing_tabs button.active:contains(Forecast)" },
        { content: "What will fail", trigger: ".o_chasing_tabs button:contains(Invoices)", run: "click" },
        { trigger: ".o_chasing_card[data-status=will_fail]:contains(1 Will Fail)", run: "click" },
        { trigger: ".o_data_row:contains(Silent):contains(Will Fail)" },
    ],
});

tours.add("chasing_mend", {
    steps: () => [
        { trigger: ".o_data_row:contains(no contact with an address):contains(Silent) button[name=action_mend]", run: "click" },
        { trigger: ".modal .o_field_widget[name=email] input", run: "edit someone@customer.example" },
        { trigger: ".modal footer button:contains(Save)", run: "click" },
        closed,
        { trigger: ".o_nocontent_help:contains(Nothing is going to fail)" },
    ],
});

tours.add("chasing_apply_rule", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Everybody" },
        { trigger: ".o_field_widget[name=cadence_id] input", run: "edit Hard" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Hard)", run: "click" },
        ...stepUtils.saveForm(),
        { trigger: ".o_field_widget[name=match_count]:contains(2)" },
        { trigger: "button[name=action_apply]", run: "click" },
        { trigger: ".modal .o_field_widget[name=preview]:contains(1 will be sent, first Tue 17 Mar 09:00)" },
        { trigger: ".modal .o_field_widget[name=kept_text]:contains(1: chosen or customised by a person)" },
        { trigger: ".modal button[name=action_assign]:contains(Apply)", run: "click" },
        closed,
        { trigger: ".o_notification:contains(1 invoices changed)" },
    ],
});

tours.add("chasing_put_back", {
    steps: () => [
        { trigger: ".o_data_row:contains(Everybody) button[name=action_undo]", run: "click" },
        { trigger: ".modal:contains(former cadence back) footer .btn-primary", run: "click" },
        { trigger: ".o_notification:contains(1 invoices have their former cadence again)" },
    ],
});

tours.add("chasing_enable_invoice", {
    steps: () => [
        { trigger: ".o_field_widget[name=chasing_headline]:contains(Not chased)" },
        { trigger: "button[name=action_chasing_assign]:contains(Enable Invoice Chasing)", run: "click" },
        { trigger: ".modal .o_field_widget[name=preview]:contains(3 will be sent, first Mon 2 Mar 09:00)" },
        { trigger: ".modal button[name=action_assign]", run: "click" },
        closed,
        {
            trigger:
                ".o_field_widget[name=chasing_headline]:contains(next: e-mail, Mon 2 Mar 09:00 to ann@customer.example)",
        },
        { trigger: "a.nav-link:contains(Chasing)", run: "click" },
        { trigger: ".o_chasing_strip .o_chasing_dot:eq(2)" },
        {
            content: "Ask a step why",
            trigger: ".o_data_row:contains(5 days after due) button[name=action_explain]",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=explanation]:contains(Open balance)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        closed,
        {
            content: "Edit the steps, with their dates",
            trigger: "div.tab-pane button[name=action_chasing_edit]",
            run: "click",
        },
        { trigger: ".modal .o_data_row:contains(Sat 21 Mar 14:00) .o_data_cell[name=days]", run: "click" },
        { trigger: ".modal .o_selected_row .o_field_widget[name=days] input", run: "edit 7 && press Tab" },
        { trigger: ".modal .o_data_row .o_data_cell[name=live_text]:contains(Mon 23 Mar 14:00)" },
        { trigger: ".modal button[name=action_save]", run: "click" },
        closed,
        { trigger: ".o_data_row:contains(7 days after due):contains(Mon 23 Mar 14:00)" },
        { trigger: ".o_field_widget[name=chasing_origin_text]:contains(customised)" },
    ],
});

tours.add("chasing_build_cadence", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Patient" },
        { trigger: ".o_data_row:contains(On issue):contains(09:00):contains(Mon 2 Mar 09:00)" },
        { trigger: ".o_field_x2many_list_row_add a", run: "click" },
        { trigger: ".o_selected_row .o_field_widget[name=trigger] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Days after due)", run: "click" },
        { trigger: ".o_selected_row .o_field_widget[name=days] input", run: "edit 10 && press Tab" },
        { trigger: ".o_selected_row .o_field_widget[name=hour] select", run: "select 14" },
        { trigger: ".o_data_row .o_data_cell[name=live_text]:contains(Sat 11 Apr 14:00)" },
        { trigger: ".o_field_widget[name=sample_text]:contains(2 will be sent)" },
        ...stepUtils.saveForm(),
        { trigger: ".o_data_row:contains(10):contains(Days after due):contains(14:00)" },
    ],
});

tours.add("chasing_retry", {
    steps: () => [
        { trigger: ".alert-danger:contains(no contact with an address)" },
        { trigger: "button[name=action_chasing_open_contact]", run: "click" },
        { trigger: ".modal .o_field_widget[name=email] input", run: "edit ann@customer.example" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        closed,
        { trigger: "a.nav-link:contains(Chasing)", run: "click" },
        { trigger: ".o_data_row:contains(Failed) button[name=action_retry]", run: "click" },
        { trigger: ".o_data_row:contains(On issue):contains(Sent):contains(ann@customer.example)" },
        {
            content: "Read what was sent",
            trigger: ".o_data_row:contains(Sent) button[name=action_open_message]",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=message_body]:contains(Amount due)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        closed,
    ],
});
