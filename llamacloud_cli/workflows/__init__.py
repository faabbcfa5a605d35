"""What takes more than one call: waiting for batches, collecting their results, and whole runs over folders."""
