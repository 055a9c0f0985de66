"""Postal providers, one a file: a module of this folder that defines a class with a code is found by itself."""

from importlib import import_module
from pkgutil import iter_modules

from .client import PostalProvider


def _classes():
    """Yield the providers that the modules of this folder define."""
    for info in iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, PostalProvider) and value.__module__ == module.__name__:
                yield value


#: {code: class} of the providers of this folder
PROVIDERS = {provider.code: provider for provider in _classes() if provider.code}
