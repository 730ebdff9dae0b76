"""Proposes a source from files that nobody has declared: how they are written, what they hold, what that means to the contract.

Reads by the loader's readers and its rules for values, and hands back texts for a person to read and correct. Writes no file and knows
neither dbt nor Dagster.
"""

from orchestration.proposing.kinds import ProposalError
from orchestration.proposing.source import Proposal, propose

__all__ = ["Proposal", "ProposalError", "propose"]
