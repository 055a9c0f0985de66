from . import (
    chasing_template_chooser,
    chasing_template,
    chasing_step_mixin,
    base_partner_merge,
    chasing_cadence,
    chasing_cadence_step,
    chasing_contact_role,
    chasing_minimum,
    chasing_other_sender,
    chasing_placeholder,
    res_company,
    res_partner,
)
