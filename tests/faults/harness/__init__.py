"""Kills refreshes at random moments and looks whether the next one puts everything right: ``python -m tests.faults.harness``.

Each trial delivers one more day of a small shop, starts the refresh that the command line starts, kills it with SIGKILL, looks at
what readers see, refreshes again, and compares the published marts row by row with those of a run that nobody disturbed.
"""
