"""Command-line tool for LlamaCloud batches."""

__version__ = "0.1.0"
