{
    "name": "Invoice Chasing: Example Channel",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Reminders as files in a folder, to show how a channel is added",
    "author": "Invoice Chasing contributors",
    "license": "LGPL-3",
    "depends": ["invoice_chasing"],
    "data": [
        "data/ir_cron_data.xml",
        "views/chasing_cadence_views.xml",
    ],
}
