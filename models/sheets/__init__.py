"""Readers of spreadsheets, plain Python: any file in, rows of text out, or a refusal that names what is wrong."""
