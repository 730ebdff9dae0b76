"""What a run needs beside its steps: the lock, the state it starts from, its processes, its faults, and what it tells people.

The steps themselves are in ``assets`` and ``checks``; when a run begins is ``automation``'s.
"""
