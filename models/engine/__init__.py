"""Plain Python: facts in, decisions out. Nothing below this line imports Odoo or reads the clock."""
