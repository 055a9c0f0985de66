def notification(message, kind="success", closes=True, stays=False):
    """The client action that shows a message in the corner.

    :param kind: success, warning or danger
    :param closes: whether the dialog the button stands in closes
    :param stays: whether the message stays until it is clicked away
    """
    params = {"message": message, "type": kind, "sticky": stays}
    if closes:
        params["next"] = {"type": "ir.actions.act_window_close"}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
