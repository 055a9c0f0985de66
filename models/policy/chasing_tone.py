from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import ormcache
from odoo.tools.translate import code_translations

from ..engine import levels


class ChasingTone(models.Model):
    """How messages sound: what they say at each level, through each channel (R70)."""

    _name = "chasing.tone"
    _inherit = ["chasing.owned"]
    _description = "Tone"
    _order = "sequence, name, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="If empty, all companies use it.",
    )
    line_ids = fields.One2many("chasing.tone.line", "tone_id", "Messages", copy=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Give each tone a line for every level."""
        tones = super().create(vals_list)
        tones._check_may_change()
        tones._complete()
        return tones

    def _complete(self):
        self.env["chasing.tone.line"].create([
            {"tone_id": tone.id, "level": level}
            for tone in self
            for level in levels.LEVELS
            if level not in tone.line_ids.mapped("level")
        ])

    def write(self, vals):
        self._check_may_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_others(self):
        self._check_may_change()

    def _check_may_change(self):
        """Refuse to change what messages of other companies say to whoever does not look after all of them."""
        shared = self.filtered(lambda tone: not tone.company_id)
        if not shared or self.env.su:
            return
        companies = self.env["res.company"].sudo().search([])
        if companies - self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "The tone %(tone)s is shared by all companies, and you do not manage all of them. Duplicate it, "
                    "and change the copy.",
                    tone=shared[0].name,
                )
            )

    def _check_owner_stays(self, owner_id):
        super()._check_owner_stays(owner_id)
        if owner_id and any(not tone.company_id for tone in self):
            raise UserError(
                self.env._("A tone that all companies share cannot become one company's own. Duplicate it instead.")
            )

    def copy_data(self, default=None):
        """Make of a copy one of the company that makes it."""
        return [
            {
                **vals,
                "name": self.env._("%(name)s (copy)", name=tone.name),
                "company_id": self.env.company.id,
                **(default or {}),
            }
            for tone, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    def _chosen(self, tone, company, name, level):
        """Return the template by which a message is written, empty if neither tone has one (R70).

        :param tone: that of the cadence, before which the company's stands back
        :param name: the field of a tone's lines by which a channel speaks
        """
        tones = tone.sudo(), company.sudo().chasing_tone_id
        found = next(filter(None, (one._template(name, level) for one in tones)), None)
        kind = self.env["chasing.tone.line"]._fields[name].comodel_name
        return found.with_env(company.env) if found else company.env[kind]

    def _template(self, name, level):
        """Return the template by which this tone says something, that of the nearest level where it has none."""
        by_level = self._by_level(name)
        return next((by_level[one] for one in levels.nearest(level) if one in by_level), None)

    def _is_complete(self, name):
        """Return whether this tone has something to say at every level."""
        by_level = self._by_level(name)
        return all(any(one in by_level for one in levels.nearest(level)) for level in levels.LEVELS)

    def _by_level(self, name):
        return {line.level: line[name] for line in self.line_ids if line[name]}

    def _title(self, level):
        """Return how people call what this tone says at a level: 'Standard · 8–21 days overdue'."""
        label = dict(self.env["chasing.tone.line"]._fields["level"]._description_selection(self.env))[level]
        return f"{self.name} · {label}" if self else label

    def _changed(self):
        """Note that messages of this tone may say something else now, or nothing.

        Hook: what follows from it, extended by `forecast`.
        """
        self._texts_changed()

    @api.model
    def _texts_changed(self):
        """Ask again in which languages messages are written."""
        self.env.registry.clear_cache()

    @api.model
    @ormcache("lang")
    def _spoken(self, lang):
        """Return the code of the installed language nearest to one if messages are written in it, else False (R65).

        They are where the frame of a message has words in it, or a person has translated the text of a tone: whoever
        does wants it to be read, though the frame around it stays English.
        """
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        alike = [code for code in installed if code.partition("_")[0] == lang.partition("_")[0]]
        found = lang if lang in installed else next(iter(alike), "")
        if not found:
            return False
        is_shipped = found.startswith("en") or code_translations.get_python_translations("invoice_chasing", found)
        return found if is_shipped or self._is_translated(found) else False

    def _is_translated(self, lang):
        """Return whether a text of any tone is written in a language."""
        lines = self.env["chasing.tone.line"].sudo().search([])
        templates = (lines[name] for name in lines._template_fields())
        return any(
            lang in (kind._fields[name]._get_stored_translations(template) or ())
            for kind in templates
            for name in kind._chasing_texts
            if kind._fields[name].translate
            for template in kind
        )
