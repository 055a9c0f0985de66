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
        { trigger: ".o_list_view:not(:has(.alert)) .o_data_row:contains(Ann Lee):contains(Active)" },
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
