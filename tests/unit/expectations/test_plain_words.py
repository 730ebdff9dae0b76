"""What the engine says of a check that broke is told without the values it quotes."""

import duckdb
import pytest

from expectations.plain_words import in_plain_words


@pytest.mark.parametrize("value", ["mei.lin@example.com", "w.o'featherstone@example.com", 'a "quoted" name', "two\nlines of it"])
def test_a_value_that_did_not_convert_is_not_told(value: str) -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.ConversionException) as raised:
        connection.execute("select cast(value as integer) from (values ($value)) as rows (value)", {"value": value})
    said = in_plain_words(f"(_duckdb.ConversionException) {raised.value}\n[SQL: select 1]")
    assert said.startswith("Conversion Error: Could not convert string '…'")
    assert not set(value.split()) & set(said.split())
    assert "example.com" not in said


def test_names_of_tables_and_columns_are_told() -> None:
    assert in_plain_words('Binder Error: Referenced column "ordered_at" not found\nLINE 1: …').endswith('column "ordered_at" not found')
    assert "raw.orders does not exist" in in_plain_words("Catalog Error: Table with name raw.orders does not exist!")


def test_plain_words_stay_as_they_are() -> None:
    once = in_plain_words('Catalog Error: Table with name "raw.orders" does not exist!')
    assert in_plain_words(once) == once
    assert "raw.orders" in once
