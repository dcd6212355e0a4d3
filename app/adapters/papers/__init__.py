"""Layouts of papers, as the typesetter reads them."""
