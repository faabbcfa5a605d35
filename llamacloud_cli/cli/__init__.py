"""The command line: commands, flags and help."""
