"""Moves a row from the landing zone to the published marts: loading, scheduling, checking, publishing."""

import os

# Numpy asks for it when it is imported. Its threads wait for one another at full speed: over a series of some hundred days for longer than
# they work. And what is foretold does not depend on how many of them a machine has.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
