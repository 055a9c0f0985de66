from odoo.http import Controller, content_disposition, request, route

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportTemplate(Controller):
    """The spreadsheet to fill in, for whoever may import."""

    @route("/chasing/import/template.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def import_template(self):
        model = request.env["chasing.import"]
        model.check_access("create")
        name = request.env._("chasing assignments.xlsx")
        headers = [("Content-Type", XLSX), ("Content-Disposition", content_disposition(name))]
        return request.make_response(model._template(), headers=headers)
