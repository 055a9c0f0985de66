"""How the engine's sentences reach the translators."""


def _(text: str) -> str:
    """Mark a text for Odoo's translation export; it is translated where it is shown."""
    return text
