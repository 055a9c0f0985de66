from odoo.http import Controller, content_disposition, request, route

from ..models.imports import import_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportTemplate(Controller):
    """Serve the spreadsheet to fill in, for whoever may import."""

    @route("/chasing/import/template.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def import_template(self):
        request.env["chasing.import"].check_access("create")
        name = request.env._("chasing assignments.xlsx")
        headers = [("Content-Type", XLSX), ("Content-Disposition", content_disposition(name))]
        return request.make_response(import_sheet.template(request.env), headers=headers)
