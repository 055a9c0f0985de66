from . import account_move, chasing_delivery, chasing_link, chasing_message, ir_http, res_company
