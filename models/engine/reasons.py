"""Why something does not leave, or why it stands where it does: reason codes, each with its sentence and the cure."""

from .texts import _

REASONS = {
    # The date
    "in_past": _("The date had already passed. Send it manually if needed."),
    "too_late": _("The step was missed and is too old to catch up. Send it manually if needed."),
    "before_invoice_date": _("The step would come before the invoice date. Choose a later date."),
    "out_of_range": _("The step's date is too far away. Correct the invoice date or the days of the step."),
    "not_due_yet": _("The step is not due yet. Wait for its date or send it manually."),
    "contact_delay": _("The customer was contacted too recently. Wait for the next allowed day or send it manually."),
    "partial_payment": _("The customer paid a part of the invoice. Wait for the rest or send the step manually."),
    "before_start_date": _("The invoice is dated before the start date of chasing. Send it manually if needed."),
    "quiet_hours": _(
        "The recipient's local time is outside the allowed SMS hours. The SMS will be sent when they begin."
    ),
    # What was sent before
    "already_sent": _("The invoice was sent before this step."),
    "already_contacted_today": _(
        "Another step was already sent to the same contacts today. Send this one manually if needed."
    ),
    # The invoice
    "draft": _("The invoice is a draft. Confirm it to start chasing."),
    "nothing_due": _("Nothing is due on the invoice."),
    "paid": _("The invoice is paid."),
    "not_paid": _("The invoice is no longer paid in full."),
    "reversed": _("The invoice was credited in full."),
    "cancelled": _("The invoice was cancelled."),
    "instalment_paid": _("The instalment of this step is paid. Chasing continues with the next one."),
    "other_instalment": _("Another instalment comes first. Its own steps are sent."),
    "written_off": _("The invoice was written off."),
    "collections": _("The invoice was sent to collections. Apply a cadence to chase it here again."),
    # Holds
    "paused": _("Chasing of the invoice is paused. Resume it to continue."),
    "stopped": _("Chasing of the invoice is disabled. Enable it to continue."),
    "not_chased": _("The invoice is not chased. Enable chasing to start."),
    "chasing_cancelled": _("Chasing of the invoice was cancelled. Apply a cadence to start again."),
    "company_off": _("Chasing is switched off for the company. Switch it on in the settings."),
    "no_followup": _("The invoice is excluded from follow-ups. Allow follow-ups on it to continue."),
    "blocked": _("The invoice is blocked. Unblock it to continue."),
    "unapplied_payment": _("An unapplied payment or credit of %(amount)s covers the invoice. Reconcile it."),
    "payment_pending": _("An online payment of the invoice is pending. Wait until it is confirmed or fails."),
    "announced_payment": _(
        "The customer announced a bank transfer on %(announced)s. Chasing continues after %(last)s "
        "if it has not arrived."
    ),
    "below_minimum": _("The open balance is below the minimum to chase. Send it manually if needed."),
    "customer_excluded": _("The customer is excluded from chasing. Include them on the contact to continue."),
    "customer_paused": _("Chasing of the customer is paused. Resume it on the contact to continue."),
    "promise": _("The customer promised to pay. Wait for the promised date."),
    "dispute": _("The customer disputes the invoice. Settle the dispute to continue."),
    "run_limit": _("The run would exceed the maximum messages per run. Release the messages to continue."),
    # A person's choice
    "waiting_for_person": _("The step is waiting for approval. Send or skip it; mark a task as done."),
    "behind_waiting": _("An earlier step is waiting for approval. This one is postponed by as long as that takes."),
    "done_by_person": _("The task was done by %(user)s."),
    "skipped_by_person": _("The step was skipped by %(user)s. Send it manually if needed."),
    "withdrawn": _("The message was withdrawn before it was sent. Send it manually if needed."),
    "taken_back": _("The message was taken back by %(user)s. Schedule it again if needed."),
    "replaced": _("The step belongs to a cadence that was replaced."),
    "internal_only": _("Only a colleague received a copy. Add a contact of the customer to reach the customer."),
    # Recipients
    "no_recipient": _("The customer has no contact with %(missing)s. Add one."),
    "too_many_recipients": _("The step has more than 50 recipients on one channel. Shorten the list."),
    "no_role_contact": _("The customer has no contact with role %(role)s. Give the role to one of its contacts."),
    "not_allowed_recipient": _("The recipient is not a contact of this customer. Choose one of its contacts."),
    "invalid_email": _("The e-mail address “%(address)s” is not valid. Correct it %(where)s."),
    "invalid_phone": _(
        "The phone number %(address)s of %(name)s is not valid. Correct it on the contact, with "
        "the country code if abroad."
    ),
    "not_mobile": _(
        "The phone number %(address)s of %(name)s cannot receive SMS. Enter a mobile number on the contact."
    ),
    "incomplete_address": _(
        "The postal address of %(name)s is incomplete or may be someone else's. Complete or confirm it on the contact."
    ),
    "address_too_long": _("The postal address of %(name)s does not fit the envelope. Shorten it on the contact."),
    "blacklisted": _("The address %(address)s is blacklisted. Remove it from the blacklist or use another one."),
    "bounced": _("E-mails to %(address)s bounce. Correct the address %(where)s."),
    # On its way
    "letter_to_print": _("The letter has not been printed yet. Print it and mark it as posted."),
    "letter_to_post": _("The letter was printed. Hand it to the post, then mark it as posted."),
    "rest_under_way": _("Another message of this step is not sent yet. Wait until it is sent or fails."),
    # Sending
    "no_template": _("The step has no template for this channel. Choose one."),
    "template_failed": _("The template could not be filled in for the invoice. Correct it, then retry."),
    "no_sender": _("The company has no sender address. Enter its e-mail address, then retry."),
    "file_missing": _("The server has lost a file of the message. Choose the file again, then retry."),
    "files_too_large": _(
        "The files of the message are larger than 10 MB together. Remove a file, or send a link to it, then retry."
    ),
    "pdf_failed": _("The PDF of the invoice could not be created. Print the invoice to see why, then retry."),
    "no_credit": _("The provider account has no credit left. Buy credit, then retry."),
    "not_set_up": _("The channel is not set up for the company. Complete its settings, then retry."),
    "smtp_error": _("The mail server did not accept the message. Check the outgoing mail server, then retry."),
    "mail_failed": _("The e-mail could not be sent. Open the message to see why, then retry."),
    "sms_failed": _("The SMS could not be sent. Open the message to see why, then retry."),
    "letter_failed": _("The letter could not be sent. Open the letter to see why, then retry."),
    "mail_server_limit": _(
        "The limit of the mail server %(server)s is reached (%(limit)s). The message will be sent as soon as the "
        "server takes more."
    ),
    "unclear": _(
        "The provider's answer was lost, the message may have been sent. Ask the customer before sending it again."
    ),
    "returned": _("The letter to %(name)s was returned. Correct the address on the contact, then retry."),
    "provider_error": _("The provider refused the message. Read its answer on the delivery, then retry."),
    "unknown": _("The message failed for an unknown reason. Read the provider's answer on the delivery, then retry."),
}

# Where an address is corrected: words of these sentences.
WHERE = {
    "contact": _("on the contact"),
    "invoice": _("in the recipients of the invoice"),
    "message": _("in the message"),
}

# Why an act is refused, by the status of the invoice's chasing and by the state of a step.
REFUSED_BY_STATUS = {
    "draft": _("Not available for draft invoices."),
    "active": _("Not available while chasing is active."),
    "paused": _("Not available for paused invoices."),
    "expired": _("Not available for expired invoices."),
    "failed": _("Not available for invoices with a failed message."),
    "will_fail": _("Not available for invoices whose next message will fail."),
    "paid": _("Not available for paid invoices."),
    "stopped": _("Not available while chasing is stopped."),
    "cancelled": _("Not available for invoices whose chasing was cancelled."),
    "written_off": _("Not available for written-off invoices."),
    "collections": _("Not available for invoices in collections."),
}
REFUSED_BY_STATE = {
    "draft": _("Not available for steps of a draft invoice."),
    "planned": _("Not available for planned steps."),
    "held": _("Not available for held steps."),
    "waiting": _("Not available for steps awaiting approval."),
    "under_way": _("Not available for steps under way."),
    "sent": _("Not available for sent steps."),
    "partly": _("Not available for partly sent steps."),
    "failed": _("Not available for failed steps."),
    "skipped": _("Not available for skipped steps."),
    "cancelled": _("Not available for cancelled steps."),
}
