"""Many posted invoices in seconds: rows copied by SQL from one that Odoo posted itself, for benchmarks."""

import contextlib
from datetime import date

import psycopg2

from odoo.fields import Command
from odoo.tools import SQL

KEPT = ("chasing_schedule", "chasing_step", "chasing_delivery", "chasing_forecast_message")
FAKE_PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n" * 40


def company_ready(env):
    """The company with what sending needs: an address, a zone, chasing switched on."""
    env.company.write({
        "email": "billing@seller.example",
        "chasing_enabled": True,
        "chasing_start_date": date(2000, 1, 1),
        "chasing_tz": "UTC",
        "chasing_run_limit": 10_000_000,
    })
    return env.company


def six_steps(env, **values):
    """A cadence of six e-mail steps."""
    triggers = [("on_issue", 0), *(("after_due", days) for days in (1, 5, 10, 15, 30))]
    return env["chasing.cadence"].create({
        "name": "Six steps",
        "step_ids": [Command.create({"trigger": trigger, "days": days}) for trigger, days in triggers],
        **values,
    })


def post(env, partner, day, due):
    """One invoice posted by Odoo, without any schedule."""
    move = env["account.move"].create({
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "invoice_date": day,
        "invoice_date_due": due,
        "invoice_line_ids": [
            Command.create({"name": "Consulting", "quantity": 2, "price_unit": 350, "tax_ids": False})
        ],
    })
    move.action_post()
    return move


def customers(env, count):
    return env["res.partner"].create([
        {"name": f"Customer {n}", "email": f"customer{n}@buyer.example"} for n in range(count)
    ])


def copies(env, move, partners, count, days=60):
    """`count` copies of a posted invoice for `partners` in turn, their dates spread over as many days; the moves."""
    env.flush_all()
    env.cr.execute(
        "SELECT max(sequence_number) + 1 FROM account_move WHERE sequence_prefix = %s", [move.sequence_prefix]
    )
    [number] = env.cr.fetchone()
    numbered = {
        # they go on in the journal's own sequence, as does whoever posts after them
        "name": SQL("sequence_prefix || to_char(%s + n, 'FM9999900000')", number),
        "sequence_number": SQL("%s + n", number),
        "invoice_date": SQL("invoice_date - n %% %s", days),
        "invoice_date_due": SQL("invoice_date_due - n %% %s", days),
    }
    return _copied(env, move, partners, count, numbered, {"date_maturity": SQL("date_maturity - n %% %s", days)})


def draft_copies(env, move, partners, count):
    """`count` copies of a draft invoice for `partners` in turn; the moves."""
    env.flush_all()
    return _copied(env, move, partners, count, {}, {})


def _copied(env, move, partners, count, of_move, of_lines):
    """Copies of a move and its lines, with what replaces their columns."""
    partner = SQL("(%s::int[])[1 + n %% %s]", partners.ids, len(partners))
    of_move = {"access_token": SQL("NULL"), "partner_id": partner, "commercial_partner_id": partner, **of_move}
    first = _insert(env, "account_move", "id", [move.id], count, of_move)
    of_lines = {"move_id": SQL("%s + n", first), "partner_id": partner, **of_lines}
    _insert(env, "account_move_line", "move_id", move.ids, count, of_lines)
    env.invalidate_all()
    env.cr.execute("ANALYZE account_move")
    return env["account.move"].browse(range(first, first + count))


def _insert(env, table, column, ids, count, replaced):
    """Copy the rows whose `column` is in `ids` `count` times, and return the first new id."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'", [table]
    )
    names = [name for (name,) in env.cr.fetchall()]
    # Whoever works beside a benchmark may have rows that this transaction does not see.
    env.cr.execute(SQL("SELECT nextval(%s)", f"{table}_id_seq"))
    [first] = env.cr.fetchone()
    env.cr.execute(
        SQL(
            "INSERT INTO %s (id, %s) SELECT %s + row_number() OVER (ORDER BY n, id) - 1, %s"
            " FROM %s, generate_series(0, %s) n WHERE %s = ANY(%s)",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in names),
            first,
            SQL(", ").join(replaced.get(name, SQL.identifier(name)) for name in names),
            SQL.identifier(table),
            count - 1,
            SQL.identifier(column),
            ids,
        )
    )
    env.cr.execute(SQL("SELECT setval(%s, (SELECT max(id) FROM %s))", f"{table}_id_seq", SQL.identifier(table)))
    return first


def chased_copies(env, move, moves):
    """The schedule and steps of an invoice, copied by SQL to each of its copies, on the same dates; the schedules."""
    env.flush_all()
    given = SQL("(%s::int[])[1 + n]", moves.ids)
    source, partner = move.chasing_schedule_ids, SQL("(SELECT partner_id FROM account_move WHERE id = %s)", given)
    replaced = {"move_id": given, "partner_id": partner, "customer_id": partner}
    first = _insert(env, "chasing_schedule", "id", source.ids, len(moves), replaced)
    _insert(env, "chasing_step", "schedule_id", source.ids, len(moves), {"schedule_id": SQL("%s + n", first)})
    env.invalidate_all()
    return env["chasing.schedule"].browse(range(first, first + len(moves)))


def many_schedules(env, cadence, count, columns):
    """`count` rows of chasing_schedule in seconds, of invoices that are not there: for what reads schedules alone.

    :param columns: {column: SQL, in which `n` is the number of the row}
    """
    fixed = {
        "move_id": SQL("1000000000 + n"),
        "company_id": SQL("%s", env.company.id),
        "cadence_id": SQL("%s", cadence.id),
        "assigned_by": SQL("'default'"),
        "lifecycle": SQL("'running'"),
        "entry_point": SQL("'next'"),
        "age_basis": SQL("'invoice'"),
    }
    values = {**fixed, **columns}
    env.flush_all()
    # foreign keys are checked by triggers, which rest in this transaction
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute(
        SQL(
            "INSERT INTO chasing_schedule (%s) SELECT %s FROM generate_series(1, %s) n",
            SQL(", ").join(map(SQL.identifier, values)),
            SQL(", ").join(values.values()),
            count,
        )
    )
    env.cr.commit()
    env.cr.execute("ANALYZE chasing_schedule")
    env.invalidate_all()


def many_steps(env, begins):
    """Steps of all schedules: those to come of the open ones, those that were sent of the settled ones."""
    # foreign keys are checked by triggers, which rest in this transaction
    env.cr.execute("SET LOCAL session_replication_role = replica")
    _steps_to_come(env, begins)
    _sent_steps(env, begins)
    env.cr.commit()
    for table in ("chasing_schedule", "chasing_step", "chasing_delivery"):
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()


def messages_to_come(env):
    """What the forecast keeps of all steps to come, as the engine would say it but for the contact delay."""
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute(
        """
        INSERT INTO chasing_forecast_message
            (step_id, schedule_id, company_id, channel, at, day, outcome, reason_code, until)
        SELECT t.id, s.id, s.company_id, box.channel, t.scheduled_at, t.scheduled_at::date,
            CASE WHEN t.state = 'held' THEN 'held' WHEN s.id % 20 = 0 AND t.days > 5 THEN 'asks' ELSE 'goes' END,
            CASE WHEN s.id % 20 = 0 AND t.days > 5 THEN 'behind_waiting' ELSE t.reason_code END,
            t.scheduled_at + CASE WHEN t.state = 'held' THEN interval '0' ELSE interval '7 days' END
        FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id,
            LATERAL (VALUES ('email', t.channel_email), ('sms', t.channel_sms)) AS box (channel, is_chosen)
        WHERE t.state IN ('planned', 'held') AND box.is_chosen
        """
    )
    env.cr.execute(
        "UPDATE chasing_schedule SET is_forecast_stale = FALSE WHERE is_forecast_stale IS DISTINCT FROM FALSE"
    )
    env.cr.commit()
    env.cr.execute("ANALYZE chasing_forecast_message")


def _steps_to_come(env, begins):
    """Four of each schedule that is open, the first at its next instant or at `begins`, eight days apart, one in twenty
    asking."""
    env.cr.execute(
        """
        INSERT INTO chasing_step
            (schedule_id, trigger, days, hour, occurrence, repeat_count, role_missing, channel_email, channel_sms, mode,
             state, reason_code, scheduled_at)
        SELECT s.id, 'after_due', 5 + k * 8, 9, 1, 1, 'skip', TRUE, k = 2,
            CASE WHEN s.id %% 20 = 0 AND k = 1 THEN 'ask' ELSE 'auto' END,
            CASE WHEN s.hold_reason IS NULL THEN 'planned' ELSE 'held' END, s.hold_reason,
            COALESCE(s.next_at, %(begins)s) + k * interval '8 days'
        FROM chasing_schedule s, generate_series(0, 3) k WHERE s.closure IS NULL
        """,
        {"begins": begins},
    )


def _sent_steps(env, begins):
    """Two of each schedule that is settled, with the messages of the last 400 days."""
    env.cr.execute(
        """
        INSERT INTO chasing_step
            (schedule_id, trigger, days, hour, occurrence, repeat_count, role_missing, channel_email, mode, state,
             scheduled_at, sent_at)
        SELECT s.id, 'after_due', 5 + k * 8, 9, 1, 1, 'skip', TRUE, 'auto', 'sent', sent.at, sent.at
        FROM chasing_schedule s, generate_series(0, 1) k,
            LATERAL (SELECT %(begins)s - (1 + s.id %% 400 + k * 8) * interval '1 day' AS at) AS sent
        WHERE s.closure IS NOT NULL
        """,
        {"begins": begins},
    )
    env.cr.execute(
        """
        INSERT INTO chasing_delivery
            (step_id, schedule_id, move_id, company_id, channel, partner_id, address, local_day, state, queued_at,
             sent_at)
        SELECT t.id, s.id, s.move_id, s.company_id, 'email', s.partner_id, 'billing@buyer.example', t.sent_at::date,
            'sent', t.sent_at, t.sent_at
        FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id WHERE t.state = 'sent'
        """
    )


def copied_pdfs(env, move, moves):
    """An official PDF for each copy of a move, that of the move itself."""
    pdf = give_pdfs(move)
    env.flush_all()
    replaced = {"res_id": SQL("(%s::int[])[1 + n]", moves.ids), "access_token": SQL("NULL")}
    _insert(env, "ir_attachment", "id", pdf.ids, len(moves), replaced)
    env.invalidate_all()


def tidy(env, *tables):
    """Vacuum and analyse the tables of what was copied, as PostgreSQL does by itself some time later."""
    # it refuses to within a transaction
    with contextlib.closing(psycopg2.connect(dbname=env.cr.dbname)) as connection:
        connection.autocommit = True
        for table in tables or KEPT:
            connection.cursor().execute(f"VACUUM ANALYZE {table}")


def give_pdfs(moves, content=FAKE_PDF):
    """An official PDF for each, made up, for what it costs to make one is not measured; the attachments."""
    return moves.env["ir.attachment"].create([
        {
            "name": f"{move.id}.pdf",
            "res_model": "account.move",
            "res_id": move.id,
            "res_field": "invoice_pdf_report_file",
            "raw": content,
            "mimetype": "application/pdf",
        }
        for move in moves
    ])
