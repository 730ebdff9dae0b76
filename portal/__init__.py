"""The web page for BI users: shows in a browser, in English and Chinese, what ``reading`` answers of the current snapshot.

Knows ``reading`` only. Names no KPI and no family: those come from the snapshot. Computes no figure: what is drawn is what is published.
Needs the extra ``portal``; nothing else of the project needs this folder.
"""
