from lxml import etree

from odoo import models

from . import trusted_context


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        """Compile one source once for a whole batch.

        Odoo compiles a template's body anew for every record, nine tenths of what a reminder costs; within a batch that
        put a dictionary into the context the result is kept.
        """
        compiled = trusted_context.get(self.env, "chasing_compiled")
        if compiled is None or not isinstance(template, etree._Element):
            return super()._generate_code_uncached(template)
        key = (etree.tostring(template), *(self.env.context.get(name) for name in self._get_template_cache_keys()))
        if key not in compiled:
            compiled[key] = super()._generate_code_uncached(template)
        return compiled[key]
