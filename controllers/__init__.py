from . import import_template, postal
