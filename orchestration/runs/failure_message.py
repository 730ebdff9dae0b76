"""What a failed run says of its failure, read from Dagster's events: in full for the terminal, without data for what leaves the machine."""

from __future__ import annotations

import re
import textwrap

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from orchestration.runs.refresh_events import stage_title

_INTERRUPTED = "DagsterExecutionInterruptedError"

# An error of our own is a sentence for people; where its class stands is none of it.
_OWN_CLASS = re.compile(r"^(?:orchestration|reading)\.[.\w]*: ")
_ANY_CLASS = re.compile(r"^[.\w]+: ")

# What an own error quotes from the output of another process.
_QUOTED_OUTPUT = re.compile(r"\s*Last lines:.*", re.DOTALL)

# Errors of others that speak of files, memory and checks, never of what is in a row. ``Failure`` is raised with words of our own.
_WITHOUT_DATA = {"DagsterAssetCheckFailedError", "Failure", "IOException", "OutOfMemoryException"}
_OF_THE_SYSTEM = re.compile(r"^\w+: \[Errno \d+\] ")

_DBT_CLASS = "DagsterDbtCliRuntimeError"
_FAILED_IN_DBT = re.compile(r"\b(?:Error|Failure) in ((?:model|test|seed|snapshot) \w+)")
_NAMED_IN_DBT = 5

_LONGEST_WITHOUT_DATA = 1000


def failure_message(failure: dg.DagsterEvent) -> str:
    """What a failed step said, or the run when it failed before its first step; of its causes the innermost."""
    causes = _causes(failure)
    if not causes:
        return _ended_from_outside(failure)
    if causes[-1].cls_name == _INTERRUPTED:
        return f"{_title(failure)}: interrupted."
    return f"{_title(failure)}: {_OWN_CLASS.sub('', causes[-1].message.strip())}"


def failure_message_without_data(failure: dg.DagsterEvent) -> str:
    """The same in words that cannot quote what was delivered: of the innermost cause whose words are known to be such."""
    causes = _causes(failure)
    if not causes:
        return _ended_from_outside(failure)
    told = [cause.message.strip() for cause in causes if _is_without_data(cause)]
    if causes[-1].cls_name == _INTERRUPTED:
        said = "interrupted."
    elif causes[-1].cls_name == _DBT_CLASS:
        said = _failed_in_dbt(causes[-1].message)
    elif told:
        said = _ANY_CLASS.sub("", _QUOTED_OUTPUT.sub("", told[-1]))
    else:
        said = f"{causes[-1].cls_name}, whose words may quote delivered data."
    return textwrap.shorten(f"{_title(failure)}: {said}", _LONGEST_WITHOUT_DATA, placeholder=" …")


def is_of_gate(failure: dg.DagsterEvent) -> bool:
    """Whether a critical check of the gate stopped the run."""
    return any(cause.cls_name == "DagsterAssetCheckFailedError" for cause in _causes(failure))


def _causes(failure: dg.DagsterEvent) -> list[SerializableErrorInfo]:
    """The error of a failure and what caused it, outermost first; none when a run was ended from outside."""
    data = failure.step_failure_data if failure.is_step_failure else failure.job_failure_data
    # A run that was ended from outside comes without data, which its type does not say.
    error = getattr(data, "error", None)
    causes: list[SerializableErrorInfo] = []
    while isinstance(error, SerializableErrorInfo):
        causes.append(error)
        error = error.cause
    return causes


def _title(failure: dg.DagsterEvent) -> str:
    return stage_title(failure.step_key) if failure.is_step_failure and failure.step_key else "Start the run"


def _ended_from_outside(failure: dg.DagsterEvent) -> str:
    return failure.message or "Ended from outside, without a word."


def _is_without_data(error: SerializableErrorInfo) -> bool:
    return bool(_OWN_CLASS.match(error.message) or _OF_THE_SYSTEM.match(error.message)) or error.cls_name in _WITHOUT_DATA


def _failed_in_dbt(message: str) -> str:
    """Which models and tests failed. dbt quotes the values over which a model broke, so that its own words are not told."""
    failed = list(dict.fromkeys(_FAILED_IN_DBT.findall(message)))
    if not failed:
        return "dbt failed."
    more = len(failed) - _NAMED_IN_DBT
    return f"dbt failed in {', '.join(failed[:_NAMED_IN_DBT])}{f' and {more} more' if more > 0 else ''}."
