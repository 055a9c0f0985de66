"""Who may read what the addon adds to Odoo's own records.

Customers read invoices, companies and contacts on the portal, and nothing of their chasing.
"""

# our own people
INTERNAL_USERS = "base.group_user"
# those of them who may read invoices
READER_GROUPS = "invoice_chasing.group_user,account.group_account_readonly"
