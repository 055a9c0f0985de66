import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const closed = { trigger: "body:not(:has(.modal))" };

tours.add("chasing_first_run", {
    steps: () => [
        { trigger: ".o_list_view .alert:contains(Invoice chasing is off)" },
        { trigger: "button.o_chasing_switch_on", run: "click" },
        { trigger: ".modal .o_field_widget[name=cadence_id] input:value(Usual)" },
        { trigger: ".modal .o_field_widget[name=steps_text]:contains(3 days before due at 10:00)" },
        { trigger: ".modal button[name=action_next]", run: "click" },
        { trigger: ".modal .o_field_widget[name=new_text]:contains(1 open invoice dated from)" },
        { trigger: ".modal button[name=action_next]", run: "click" },
        { trigger: ".modal .o_field_widget[name=look_text]:contains(3 will be sent, first Mon 2 Mar 09:00)" },
        { trigger: ".modal button[name=action_switch_on]", run: "click" },
        { trigger: ".modal:contains(Invoice chasing is on.)" },
        { trigger: ".modal button:contains(Close)", run: "click" },
        closed,
        { trigger: ".o_list_view:not(:has(.alert)) .o_nocontent_help:contains(Nothing needs attention):contains(1 invoice)" },
        { trigger: ".o_chasing_today:contains(1 invoice)" },
        { trigger: ".o_searchview_facet:contains(Needs Attention) .o_facet_remove", run: "click" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Active)" },
    ],
});

tours.add("chasing_cards", {
    steps: () => [
        { trigger: ".o_chasing_card[data-page=failed]:contains(0 Failed)" },
        { trigger: ".o_chasing_card[data-page=paused]:contains(2 Paused):contains(150.00)", run: "click" },
        { trigger: ".o_searchview_facet:contains(Paused)" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Paused)" },
        ...["pivot", "graph", "calendar"].flatMap((view) => [
            { content: `The ${view} has tabs and cards too`, trigger: `button.o_switch_view.o_${view}`, run: "click" },
            { trigger: `.o_${view}_view .o_chasing_banner .o_chasing_tabs button.active:contains(Invoices)` },
            { trigger: `.o_${view}_view .o_chasing_card[data-page=paused]:contains(2 Paused)` },
        ]),
        { content: "The steps of all invoices", trigger: ".o_chasing_tabs button:contains(To Do)", run: "click" },
        { trigger: ".o_chasing_to_do .o_chasing_card[data-page=approval]:contains(0 Awaiting Approval)" },
        { trigger: ".o_chasing_to_do button:contains(All Steps)", run: "click" },
        { trigger: ".o_searchview_facet:contains(To Do) .o_facet_remove", run: "click" },
        { trigger: ".o_data_row:contains(5 days after due):contains(Planned)" },
        { content: "What goes out", trigger: ".o_chasing_tabs button:contains(Forecast)", run: "click" },
        { trigger: ".o_chasing_tabs button.active:contains(Forecast)" },
        { trigger: "button.o_switch_view.o_pivot", run: "click" },
        { trigger: ".o_pivot_view .o_chasing_tabs button.active:contains(Forecast)" },
        { content: "Delivery problems", trigger: ".o_chasing_tabs button:contains(Invoices)", run: "click" },
        { trigger: ".o_chasing_card[data-page=will_fail]:contains(1 Will Fail)", run: "click" },
        { trigger: ".o_data_row:contains(Silent):contains(Will Fail)" },
    ],
});

tours.add("chasing_mend", {
    steps: () => [
        { trigger: ".o_data_row:contains(no contact with an e-mail address):contains(Silent) button[name=action_fix]", run: "click" },
        { trigger: ".modal .o_field_widget[name=email] input", run: "edit someone@customer.example" },
        { trigger: ".modal footer button:contains(Save)", run: "click" },
        closed,
        { trigger: ".o_nocontent_help:contains(No delivery problems)" },
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

tours.add("chasing_text_and_cancel", {
    steps: () => [
        { trigger: "a.nav-link:contains(Chasing)", run: "click" },
        {
            content: "A text of its own for one step",
            trigger: ".o_data_row:contains(3 days before due) .o_chasing_more",
            run: "click",
        },
        { trigger: ".o-dropdown-item:contains(Edit Message)", run: "click" },
        {
            content: "What the subject says lies over its input",
            trigger: ".modal .o_field_widget[name=subject] input:not(:visible)",
            run: "edit A word",
        },
        { trigger: ".modal .o_field_widget[name=body] .odoo-editor-editable", run: "editor Dear Ann" },
        { trigger: ".modal button[name=action_send]:contains(Save)", run: "click" },
        closed,
        { trigger: ".o_data_row:contains(3 days before due):contains(A word)" },
        {
            content: "The preview says what comes of it",
            trigger: ".o_data_row:contains(3 days before due) button[name=action_preview]",
            run: "click",
        },
        { trigger: ".modal .alert:contains(It will be sent on Fri 13 Mar 10:00 to ann@customer.example)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        closed,
        {
            content: "Send Now says it too",
            trigger: ".o_data_row:contains(3 days before due) button[name=action_ask_send]",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=reach_text]:contains(ann@customer.example)" },
        { trigger: ".modal footer button:contains(Discard)", run: "click" },
        closed,
        { content: "Cancelling asks once", trigger: ".tab-pane .o_chasing_more.btn-secondary", run: "click" },
        { trigger: ".o-dropdown-item:contains(Cancel Chasing)", run: "click" },
        { trigger: ".modal .o_field_widget[name=preview]:contains(Withdrawn before sending: 1 e-mail)" },
        { trigger: ".modal button[name=action_do]:contains(Cancel Chasing)", run: "click" },
        closed,
        { trigger: ".o_field_widget[name=chasing_status]:contains(Cancelled)" },
    ],
});

tours.add("chasing_retry", {
    steps: () => [
        { trigger: ".alert-danger:contains(no contact with an e-mail address)" },
        { trigger: "button[name=action_chasing_open_contact]", run: "click" },
        { trigger: ".modal .o_field_widget[name=email] input", run: "edit ann@customer.example" },
        { trigger: ".modal footer button:contains(Save)", run: "click" },
        closed,
        { trigger: "a.nav-link:contains(Chasing)", run: "click" },
        { trigger: ".o_data_row:contains(Failed) button[name=action_ask_retry]", run: "click" },
        { trigger: ".o_data_row:contains(On issue):contains(Queued):contains(ann@customer.example)" },
        {
            content: "Read what was sent",
            trigger: ".o_data_row:contains(Queued) button[name=action_open_message]",
            run: "click",
        },
        { trigger: ".modal [name=message_body] :iframe body:contains(Amount due)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        closed,
    ],
});

/** Selects all 90 invoices of Ann Lee, more than a page shows, and asks for something. */
const ofEveryPage = (action) => [
    { trigger: ".o_searchview_facet:contains(Needs Attention) .o_facet_remove", run: "click" },
    { trigger: ".o_pager_limit:contains(91)" },
    { trigger: ".o_searchview_input", run: "edit Ann Lee" },
    { trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Customer)", run: "click" },
    { trigger: ".o_searchview_facet:contains(Ann Lee)" },
    { trigger: ".o_pager_value:contains(1-80)" },
    { trigger: ".o_pager_limit:contains(90)" },
    { trigger: "thead .o_list_record_selector input", run: "click" },
    { trigger: ".o_selection_box:contains(80 selected) .o_select_domain:contains(Select all 90)", run: "click" },
    { trigger: ".o_selection_box:contains(All 90 selected)" },
    { trigger: ".o_cp_action_menus button:has(.fa-cog)", run: "click" },
    { trigger: `.o-dropdown--menu .o_menu_item:contains(${action})`, run: "click" },
];

tours.add("chasing_pause_many", {
    steps: () => [
        ...ofEveryPage("Pause"),
        { trigger: ".modal .o_field_widget[name=preview]:contains(90 invoices, $ 9,000.00 outstanding.)" },
        { trigger: ".modal .o_field_widget[name=preview]:contains(270 scheduled messages will be paused.)" },
        { trigger: ".modal .o_field_widget[name=pause_reason] label:contains(disputes)", run: "click" },
        { trigger: ".modal button[name=action_do]", run: "click" },
        closed,
        { trigger: ".o_notification:contains(90 invoices paused.)" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Paused)" },
        { content: "The second page is changed too", trigger: ".o_pager_next", run: "click" },
        { trigger: ".o_pager_value:contains(81-90)" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Paused)" },
    ],
});

tours.add("chasing_change_cadence_of_many", {
    steps: () => [
        ...ofEveryPage("Change Cadence"),
        { trigger: ".modal .o_field_widget[name=cadence_id] input", run: "edit Hard" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Hard)", run: "click" },
        { trigger: ".modal .o_field_widget[name=preview]:contains(90 will be sent, first Tue 17 Mar 09:00)" },
        { trigger: ".modal .o_chasing_changes summary:contains(Will change: 90 invoices)" },
        { trigger: ".modal button[name=action_assign]", run: "click" },
        closed,
        { trigger: ".o_notification:contains(90 invoices)" },
        { trigger: ".o_data_row:contains(Ann Lee):contains(Hard)" },
    ],
});

tours.add("chasing_clock", {
    steps: () => {
        const midnight = `${luxon.DateTime.now().toFormat("ccc d LLL")} 00:00`;
        return [
            { trigger: ".o_searchview_facet:contains(Needs Attention) .o_facet_remove", run: "click" },
            {
                content: "Hovering tells the zone",
                trigger: `.o_data_row:contains(Ann Lee) [name=next_at] [data-tooltip*='Europe/Berlin']:contains(${midnight})`,
            },
            { trigger: "button.o_switch_view.o_calendar", run: "click" },
            { trigger: ".o_calendar_view .fc-day-today .fc-event:contains(INV)", run: "click" },
            { trigger: `.o_cw_popover:contains(Customer):contains(Ann Lee):contains(Next Send):contains(${midnight})` },
            { content: "A click leads to the invoice", trigger: ".o_cw_popover .o_cw_popover_edit", run: "click" },
            { trigger: ".o_form_view .o_field_widget[name=chasing_headline]:contains(Night)" },
            { trigger: ".o_menu_sections button:contains(Chasing)", run: "click" },
            { trigger: ".o-dropdown--menu a:contains(To Do)", run: "click" },
            { trigger: ".o_chasing_to_do button:contains(All Steps)", run: "click" },
            { trigger: ".o_searchview_facet:contains(To Do) .o_facet_remove", run: "click" },
            { trigger: `.o_data_row:contains(Ann Lee) [name=scheduled_at]:contains(${midnight})` },
        ];
    },
});
