"""How results are drawn: text and JSON."""
