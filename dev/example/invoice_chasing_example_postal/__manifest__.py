{
    "name": "Invoice Chasing: Example of a Postal Provider",
    "version": "19.0.1.0.0",
    "summary": "Letters are laid into a folder, and a note beside each says what became of it",
    "category": "Accounting/Accounting",
    "author": "Invoice Chasing contributors",
    "license": "LGPL-3",
    "depends": ["invoice_chasing"],
    "data": ["views/chasing_postal_provider_views.xml"],
}
