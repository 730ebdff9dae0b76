"""What calculated_once marks as large is a table of its own, made before the statement that reads it."""

from pathlib import Path

from tests.support.dbt_project import built_database, prepared_project

MARKED = """
{% set statement -%}
with

numbers as (
    {%- call calculated_once('numbers', is_large=true) %}
    select 1 as number
    {%- endcall %}
),

others as (
    with

    more as (
        {%- call calculated_once('more', is_large=true) %}
        select number + 1 as number from numbers
        {%- endcall %}
    ),

    kept as (
        {%- call calculated_once('kept') %}
        select number + 1 as number from more
        {%- endcall %}
    )

    select number from more union all select number from kept
)

select number from numbers union all select number from others
{%- endset %}
{% if execute -%}
    {%- set steps = made_steps(statement) -%}
    select number, '{{ steps.tables | join(" ") }}' as steps from ({{ steps.sql }}) as made
{%- endif %}
"""


def test_large_steps_are_tables_of_their_own_also_within_another_query(tmp_path: Path) -> None:
    folder = prepared_project(tmp_path / "project", {"marked.sql": "{{ config(materialized='table') }}" + MARKED})
    with built_database(folder) as database:
        rows = database.execute("select * from main.marked order by all").fetchall()
    assert rows == [(number, "step_1_1_numbers step_1_2_more") for number in (1, 2, 3)]
