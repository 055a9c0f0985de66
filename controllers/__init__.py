from . import import_template, links, postal
