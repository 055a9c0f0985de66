from . import (
    chasing_texts,
    chasing_readable,
    chasing_owned,
    chasing_company_clock,
    chasing_search,
    chasing_background_job,
    ir_actions_report,
    ir_qweb,
    res_company,
)
