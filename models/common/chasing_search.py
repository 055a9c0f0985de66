from odoo import api, models


class ChasingSearch(models.AbstractModel):
    """Leaves fields that only the addon reads out of what people may filter and group by."""

    _name = "chasing.search"
    _description = "Search Without Inner Fields"
    _inner_fields = frozenset()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        described = super().fields_get(allfields, attributes)
        for name in self._inner_fields & described.keys():
            described[name].update(dict.fromkeys({"searchable", "groupable"} & described[name].keys(), False))
        return described
