"""Works off Odoo's mail queue inside `odoo shell`, again and again until the file STOP is there."""

import os
import time

while not os.path.exists(os.environ["STOP"]):
    env["mail.mail"].process_email_queue()
    env.cr.commit()
    env.invalidate_all()
    time.sleep(0.5)
