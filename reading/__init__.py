"""What readers ask of a published snapshot, and what it answers: KPIs and figures, a ticket's life, refreshes, any one statement.

Knows published snapshots and nothing else of the project; the folder they are in is handed in. Decides no number and draws nothing:
the command line and the portal do. What a snapshot is (its manifest, its versions) is said here, and publishing writes it so.
"""
