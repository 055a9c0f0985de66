"""Who may read what the addon adds to Odoo's own records.

Customers read invoices, companies and contacts on the portal, and nothing of their chasing.
"""

# Our own people are in this group.
INTERNAL_USERS = "base.group_user"
# Those of them who may read invoices are in one of these.
READER_GROUPS = "invoice_chasing.group_user,account.group_account_readonly"
