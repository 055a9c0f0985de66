from . import (
    chasing_texts,
    chasing_readable,
    chasing_owned,
    chasing_list_mixin,
    chasing_background_job,
    chasing_undoable_job,
    chasing_channel,
    ir_actions_report,
    ir_qweb,
    mail_render_mixin,
    res_company,
)
