from . import chasing_postal_provider
