from . import chasing_delivery, chasing_link, chasing_message, res_company
