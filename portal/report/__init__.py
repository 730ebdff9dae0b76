"""The report: one HTML file of a snapshot that can be mailed and opens from disk, in English and Chinese.

Asks nobody for anything: styles and charts are in the file, there is no script. Needs no extra. Draws what is published, computes nothing.
"""
