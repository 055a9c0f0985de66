"""Client and window actions that buttons and methods answer a person with."""


def notification(message, kind="success", closes=True, stays=False, buttons=()):
    """Return the action that shows a message in the corner: the toast with which every act of a person is answered.

    :param kind: success, warning or danger
    :param closes: whether the dialog the button stands in closes; a list or form behind it is read again
    :param stays: whether the message stays until it is clicked away
    :param buttons: what it offers to do next, made by `call_button` and `action_button`
    """
    params = {"message": message, "type": kind, "sticky": stays}
    if buttons:
        params["buttons"] = list(buttons)
    if closes:
        params["next"] = {"type": "ir.actions.act_window_close"}
    return {
        "type": "ir.actions.client",
        "tag": "chasing_toast" if buttons else "display_notification",
        "params": params,
    }


def call_button(label, records, method):
    """Return a button of a message that calls a public method, such as *Undo*.

    The page behind is read again afterwards, or the action is followed that the method returns.

    :param records: what the method is called on; the server asks again who may
    """
    return {"name": label, "model": records._name, "ids": records.ids, "method": method}


def action_button(label, action):
    """Return a button of a message that opens something.

    :param action: as `open_form` and `open_list` return it
    """
    return {"name": label, "action": action}


def download(url, following):
    """Return the action that downloads a document and then does another action.

    :param url: the address of the document on this server
    """
    return {"type": "ir.actions.client", "tag": "chasing_download", "params": {"url": url, "next": following}}


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
