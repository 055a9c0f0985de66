"""Why something does not leave, or why it stands where it does: reason codes, each with its sentence and the cure."""

from .texts import _

REASONS = {
    # The date
    "in_past": _("The step's date had passed when it was planned: send it by hand if it is still wanted."),
    "too_late": _("The step was missed and is too old to catch up: send it by hand if it is still wanted."),
    "before_invoice_date": _("The step would come before the invoice date: choose a later date for it."),
    "out_of_range": _("The step's date is too far away: correct the date of the invoice or the days of the step."),
    "not_due_yet": _("The step is not due yet: wait for its date or send it by hand."),
    "contact_delay": _("The last contact was too recent: wait for the next allowed day or send it by hand."),
    "before_start_date": _("The invoice is older than the start date of chasing: send it by hand if it is wanted."),
    "quiet_hours": _("The hour is outside the hours allowed for SMS at the recipient: it goes when they begin."),
    # What was sent before
    "already_sent": _("The invoice was sent before this step: nothing needs to be done."),
    "already_contacted_today": _(
        "Another step already went to the same contacts today: send this one by hand if both are wanted."
    ),
    # The invoice
    "draft": _("The invoice is a draft: post it to start chasing."),
    "nothing_due": _("Nothing is due on the invoice: nothing needs to be done."),
    "paid": _("The invoice is paid: nothing needs to be done."),
    "reversed": _("The invoice was credited in full: nothing needs to be done."),
    "cancelled": _("The invoice was cancelled: nothing needs to be done."),
    "instalment_paid": _("The instalment of this step is paid: the steps of the next one go on."),
    "other_instalment": _("Another instalment comes first: its own steps go on."),
    "written_off": _("The invoice was written off: nothing needs to be done."),
    "collections": _("The invoice was sent to collections: apply a cadence to chase it here again."),
    # Holds
    "paused": _("Chasing of the invoice is paused: resume it to go on."),
    "stopped": _("Chasing of the invoice is disabled: enable it to go on."),
    "chasing_cancelled": _("Chasing of the invoice was cancelled: apply a cadence to start again."),
    "company_off": _("Chasing is switched off for the company: switch it on in the settings."),
    "no_followup": _("The invoice is excluded from follow-ups: allow follow-ups on it to go on."),
    "blocked": _("The invoice is blocked: unblock it to go on."),
    "unapplied_payment": _("An unapplied payment or credit of %(amount)s covers the invoice: reconcile it."),
    "payment_pending": _("An online payment of the invoice is pending: wait until it is confirmed or fails."),
    "announced_payment": _(
        "The customer announced a bank transfer on %(announced)s: chasing goes on after %(last)s if it has not come."
    ),
    "below_minimum": _("The open balance is below the minimum to chase: send it by hand if it is wanted all the same."),
    "customer_excluded": _("The customer is excluded from chasing: include them on the contact to go on."),
    "customer_paused": _("Chasing of the customer is paused: resume it on the contact to go on."),
    "promise": _("The customer promised to pay: wait for the promised date."),
    "dispute": _("The customer disputes the invoice: settle the dispute to go on."),
    "run_limit": _("The run would send more messages than the company allows at once: approve it to go on."),
    # A person's choice
    "waiting_for_person": _("The step waits for a person: send it, mark it done or skip it."),
    "behind_waiting": _("An earlier step waits for a person: this one moves by as long as that takes."),
    "done_by_person": _("The task was done by %(user)s: nothing needs to be done."),
    "skipped_by_person": _("The step was skipped by %(user)s: send it by hand if it is wanted after all."),
    "withdrawn": _("The message was taken back before it left: send it by hand if it is wanted after all."),
    "replaced": _("The step belongs to a cadence that was replaced: nothing needs to be done."),
    "internal_only": _("Only a colleague received a copy: add a contact of the customer to reach the customer."),
    # Recipients
    "no_recipient": _("The customer has no contact with %(missing)s: add one."),
    "too_many_recipients": _(
        "The step has more than 50 recipients on one channel, which is no reminder any more: shorten the list."
    ),
    "no_role_contact": _("The customer has no contact with role %(role)s: give the role to one of its contacts."),
    "not_allowed_recipient": _("The recipient is no contact of this customer: choose one of its contacts."),
    "invalid_email": _("The e-mail address %(address)s is not valid: correct it %(where)s."),
    "invalid_phone": _(
        "The phone number %(address)s of %(name)s is not valid: correct it on the contact, abroad with country code."
    ),
    "not_mobile": _(
        "The phone number %(address)s of %(name)s cannot receive SMS: enter a mobile number on the contact."
    ),
    "incomplete_address": _(
        "The postal address of %(name)s is incomplete or may be somebody else's: complete or confirm it on the contact."
    ),
    "address_too_long": _("The postal address of %(name)s does not fit the envelope: shorten it on the contact."),
    "blacklisted": _("The address %(address)s is blacklisted: take it off the blacklist or use another one."),
    "bounced": _("Messages to %(address)s come back: correct the address %(where)s."),
    # On its way
    "letter_to_print": _("The letter is still to be printed: print it and hand it to the post."),
    "rest_under_way": _("Another message of this step has not left yet: wait until it leaves or fails."),
    # Sending
    "no_template": _("The step has no template for this channel: choose one."),
    "template_failed": _("The text could not be filled in for the invoice: correct the template, then retry."),
    "no_sender": _("The company has no address to send from: enter its e-mail address, then retry."),
    "pdf_failed": _("The PDF of the invoice could not be made: print the invoice to see why, then retry."),
    "no_credit": _("The account of the message provider has no credit left: buy credit, then retry."),
    "not_set_up": _("The channel is not set up for the company: complete its settings, then retry."),
    "smtp_error": _("The mail server did not take the message: check the outgoing mail server, then retry."),
    "mail_failed": _("The e-mail could not be sent: open the message to see why, then retry."),
    "sms_failed": _("The SMS could not be sent: open the message to see why, then retry."),
    "letter_failed": _("The letter could not be sent: open the letter to see why, then retry."),
    "unclear": _("The provider's answer was lost, the message may have left: ask before sending it again."),
    "returned": _("The letter to %(name)s came back: correct the address on the contact, then retry."),
    "provider_error": _("The provider refused the message: read its answer on the delivery, then retry."),
    "unknown": _("The message failed for an unknown reason: read the provider's answer on the delivery, then retry."),
}

# Where an address is corrected: words of these sentences.
WHERE = {"contact": _("on the contact"), "invoice": _("in the recipients of the invoice")}
