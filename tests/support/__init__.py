"""What several test modules need: running the command line, sharing a built home, comparing snapshots."""
