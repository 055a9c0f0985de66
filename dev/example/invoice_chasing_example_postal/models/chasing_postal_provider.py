from odoo import api, fields, models

from .folder_post import FolderPost


class ChasingPostalProvider(models.Model):
    _inherit = "chasing.postal.provider"

    folder = fields.Char(groups="base.group_system", copy=False)

    @api.model
    def _classes(self):
        return {**super()._classes(), FolderPost.code: FolderPost}
