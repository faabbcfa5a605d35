"""Answers and errors as text: formats, tables, transforms. It knows no HTTP."""
