"""Client and window actions that buttons and methods answer a person with."""


def notification(message, kind="success", closes=True, stays=False):
    """Return the action that shows a message in the corner.

    :param kind: success, warning or danger
    :param closes: whether the dialog the button stands in closes
    :param stays: whether the message stays until it is clicked away
    """
    params = {"message": message, "type": kind, "sticky": stays}
    if closes:
        params["next"] = {"type": "ir.actions.act_window_close"}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}


def open_form(record, name=None, view=None, **options):
    """Return the action that opens the form of a record, or of a new one for an empty recordset.

    :param name: what stands above it; None: the record's own name
    :param view: the form's XML id; None: the model's first one
    :param options: further keys of the action, such as `target` and `context`
    """
    return {
        "type": "ir.actions.act_window",
        **({"name": name} if name else {}),
        "res_model": record._name,
        "res_id": record.id,
        "views": [(record.env.ref(view).id if view else False, "form")],
        **options,
    }


def open_list(model, name, domain, views=("list", "form"), **options):
    """Return the action that lists the records of a model within a domain.

    :param views: the kinds of views to choose from, the first one is shown
    :param options: further keys of the action, such as `context`
    """
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": model._name,
        "domain": domain,
        "views": [(False, kind) for kind in views],
        **options,
    }
