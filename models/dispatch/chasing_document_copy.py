import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..common import no_user_defaults
from . import document_stamp

_logger = logging.getLogger(__name__)


class ChasingDocumentCopy(models.Model):
    """Keep the official PDF of an invoice with the word *copy* on it, made once in each language (R79).

    The official one stays as it is. One whose stamping would harm it (it is signed, or what is embedded in it would not
    survive) has no copy: then it goes as it is.
    """

    _name = "chasing.document.copy"
    _description = "Copy of a Document"
    _rec_name = "move_id"

    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", readonly=True)
    lang = fields.Char(required=True, readonly=True)
    official_checksum = fields.Char(required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "PDF", ondelete="cascade", index="btree_not_null", readonly=True)
    _one_per_language = models.UniqueIndex("(move_id, lang)", "An invoice has one copy in a language.")

    @api.model
    def _ready(self, moves):
        """Return {(invoice id, language): what goes} of those copies that are made of the invoices' official PDFs.

        That is the id of the copy, or of the official PDF where that cannot be stamped.
        """
        official = self._official(moves)
        found = self.sudo().search_fetch([("move_id", "in", moves.ids)])
        return {
            (one.move_id.id, one.lang): one.attachment_id.id or official[one.move_id.id].id
            for one in found
            if one.move_id.id in official and one.official_checksum == official[one.move_id.id].checksum
        }

    @api.model
    def _foreseen_name(self, move, lang):
        """Return what the copy of an invoice will be called in a language: as the official PDF, if that cannot be one.

        Whether it can be stamped is known once it was tried.
        """
        name, official = move._get_invoice_report_filename(), move._chasing_pdfs().get(move.id)
        if official and self._ready(move).get((move.id, lang)) == official:
            return name
        return self._file_name(name, lang)

    def _file_name(self, name, lang):
        word = self.with_context(lang=lang).env._("Copy")
        return f"{name.removesuffix('.pdf')} ({word}).pdf".replace("/", "_")

    def _official(self, moves):
        """Return {invoice id: its official PDF, an ir.attachment}."""
        pdfs = moves._chasing_pdfs()
        files = self.env["ir.attachment"].sudo().browse(pdfs.values())
        files.fetch(["checksum", "name"])
        return dict(zip(pdfs, files, strict=True))

    @api.model
    def _make(self, wanted):
        """Make those copies that are wanting.

        :param wanted: [(invoice, language code)]
        """
        moves = self.env["account.move"].union(*(move for move, _lang in wanted))
        ready, official = self._ready(moves), self._official(moves)
        lacking = dict.fromkeys(
            (move, lang) for move, lang in wanted if move.id in official and (move.id, lang) not in ready
        )
        made = [self._stamped(move, official[move.id], lang) for move, lang in lacking]
        files = no_user_defaults.create(self.env["ir.attachment"].sudo(), [values for values in made if values])
        ids = iter(files.ids)
        self._keep([
            (move.id, lang, official[move.id].checksum, next(ids) if values else None)
            for (move, lang), values in zip(lacking, made, strict=True)
        ])

    def _stamped(self, move, official, lang):
        """Return the values of the copy of an official PDF in a language, None where it cannot be stamped."""
        word = self.with_context(lang=lang).env._("Copy")
        pdf = document_stamp.copy_of(official.raw or b"", word)
        if not pdf:
            _logger.info("The PDF of invoice %s cannot be stamped", move.id)
            return None
        return {
            "name": self._file_name(official.name or move.name, lang),
            "raw": pdf,
            "mimetype": "application/pdf",
            "res_model": "account.move",
            "res_id": move.id,
            "res_field": "chasing_copy_file",
            "company_id": move.company_id.id,
        }

    def _keep(self, rows):
        if not rows:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO chasing_document_copy (move_id, lang, official_checksum, attachment_id)
                SELECT * FROM unnest(%s, %s, %s, %s::int[])
                ON CONFLICT (move_id, lang) DO UPDATE
                SET official_checksum = excluded.official_checksum, attachment_id = excluded.attachment_id
                RETURNING id
                """,
                *map(list, zip(*rows, strict=True)),
            )
        )
        self.invalidate_model()
