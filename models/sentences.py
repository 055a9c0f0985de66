from collections import defaultdict

from .engine.verdict import REASONS


def sentence(env, code, values=None):
    """The plain sentence of a reason code in the reader's language, False without a code.

    :param code: a code of the engine's REASONS; one that this version does not know is shown as it is
    :param values: what the sentence's placeholders stand for, an unknown one is shown as an ellipsis; `detail`, what a
        server said, is shown behind the sentence
    """
    if not code:
        return False
    text = env._(REASONS[code]) if code in REASONS else code
    values = values or {}
    text %= defaultdict(lambda: "…", values)
    return f"{text} ({values['detail']})" if values.get("detail") else text
