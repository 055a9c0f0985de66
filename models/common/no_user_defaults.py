"""What the addon writes down in somebody's name, without the default values they set for themselves.

Everybody may set default values of their own for any field of any model, and `sudo` leaves them in force: who sends a
message would choose what hangs on it, or by whom letters leave.
"""

from odoo import SUPERUSER_ID


def create(model, vals_list):
    """Create records with every right, without the default values of the user in whose name it is done.

    :param vals_list: values of one record, or a list of them, as `create` takes them
    """
    return model.sudo().with_user(SUPERUSER_ID).create(vals_list).with_env(model.sudo().env)
