"""A schema is filled from labels in the text, by the rules written down; null where nothing is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.sandbox.extraction import extract, normalise
from llamacloud_cli.sandbox.extraction_values import convert, to_date, to_number

TEXT = """# Invoice

**Invoice number:** A-17
Total amount: EUR 1,250.00
Due Date:
24 November 2026
Paid: yes
Status: OPEN
Tags: red, green; blue
Attendees:
- Ida
- Maja

| Item | Quantity | Price |
| --- | --- | --- |
| Probe | 2 | 640.00 |
| Cable | 4 | n/a |

| Contact | Jonas |
"""


def fill(properties, text=TEXT, **more):
    return extract([text], {"type": "object", "properties": properties, **more})


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("invoice_number", {"type": "string"}, "A-17"),
        ("invoiceNumber", {"type": "string"}, "A-17"),
        ("no", {"type": "string", "title": "Invoice Number"}, "A-17"),
        ("total_amount", {"type": "number"}, 1250.0),
        ("total_amount", {"type": "string"}, "EUR 1,250.00"),
        ("total_amount", {"type": "integer"}, 1250),
        ("due_date", {"type": "string", "format": "date"}, "2026-11-24"),
        ("due_date", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "24 November 2026"),
        ("due_date", {"type": ["string", "null"]}, "24 November 2026"),
        ("paid", {"type": "boolean"}, True),
        ("status", {"enum": ["open", "closed"]}, "open"),
        ("status", {"enum": ["new"]}, None),
        ("tags", {"type": "array", "items": {"type": "string"}}, ["red", "green", "blue"]),
        ("attendees", {"type": "array", "items": {"type": "string"}}, ["Ida", "Maja"]),
        ("contact", {"type": "string"}, "Jonas"),
        ("invoice", {"type": "string"}, None),
        ("number", {"type": "string"}, None),
        ("colour", {"type": "string"}, None),
        ("colours", {"type": "array", "items": {"type": "string"}}, None),
        ("invoice_number", {"type": "number"}, None),
        ("status", {"type": "boolean"}, None),
        ("weird", {}, None),
        ("weird", True, None),
    ],
)
def test_one_property(name, schema, value):
    assert fill({name: schema}) == {name: value}


def test_rows_of_a_table():
    items = {"type": "array", "items": {"$ref": "#/$defs/line"}}
    line = {
        "type": "object",
        "properties": {"item": {"type": "string"}, "quantity": {"type": "integer"}, "price": {"type": "number"}},
    }
    found = fill({"items": items}, **{"$defs": {"line": line}})
    assert found == {
        "items": [
            {"item": "Probe", "quantity": 2, "price": 640.0},
            {"item": "Cable", "quantity": 4, "price": None},
        ]
    }
    assert extract([TEXT], line, "per_table_row") == found["items"]


def test_objects_take_their_properties_from_the_same_text():
    nested = {"type": "object", "properties": {"status": {"type": "string"}, "x": {"type": "string"}}}
    empty = {"type": "object", "properties": {"x": {"type": "string"}}}
    assert fill({"state": nested, "other": empty}) == {"state": {"status": "OPEN", "x": None}, "other": None}


def test_one_object_a_page():
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert extract(["N: 1", "nothing", "N: 3"], schema, "per_page") == [{"n": 1}, {"n": None}, {"n": 3}]


def test_the_first_label_wins_and_pages_are_one_text():
    assert extract(["Total: 1", "Total: 2"], {"properties": {"total": {"type": "number"}}}) == {"total": 1.0}


def test_a_schema_that_refers_to_itself_ends():
    node = {"type": "object", "properties": {"status": {"type": "string"}, "next": {"$ref": "#"}}}
    found = extract([TEXT], node)
    depth = 0
    while isinstance(found, dict):
        found, depth = found["next"], depth + 1
    assert 3 < depth < 12
    assert extract([TEXT], {"properties": {"a": {"$ref": "#/properties/a"}}}) == {"a": None}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1,250.00 EUR", 1250.0), ("EUR 1.250,00", 1250.0), ("1 250,5", 1250.5), ("1'250.5", 1250.5), ("1,250", 1250.0),
        ("12,5", 12.5), ("-3.5 %", -3.5), ("$ -4", -4.0), ("1,250,000", 1250000.0), ("42.914 mS/cm", 42.914),
        ("no number", None), ("", None), ("A-17", None), ("12 March 2026", None), ("1.2.3", None), ("1.250", 1.25),
        ("12 34", None), ("1.250.000", 1250000.0), ("0.125", 0.125), ("USD 5", 5.0), ("EUR -5", -5.0), ("5%", 5.0),
    ],
)  # fmt: skip
def test_numbers(raw, value):
    assert to_number(raw, whole=False) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-11-24", "2026-11-24"), ("24 November 2026", "2026-11-24"), ("Nov 24, 2026", "2026-11-24"),
        ("24.11.2026", "2026-11-24"), ("24th Nov. 2026", "2026-11-24"), ("03/04/2026", None), ("31.02.2026", None),
        ("soon", None), ("5 Maybe 2026x", None), ("2026-11-24T10:00:00Z", "2026-11-24"),
    ],
)  # fmt: skip
def test_dates_only_where_there_is_no_doubt(raw, value):
    assert to_date(raw) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "items", "anyOf", "$ref", "enum", "title", "format", "const", "a"]),
            inner | st.sampled_from(["string", "object", "array", "number", "#/a", "#", "date"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(schema=st.dictionaries(st.sampled_from(["properties", "$defs", "a"]), JSON), text=st.text())
def test_no_schema_and_no_text_is_too_strange(schema, text):
    found = extract([text, TEXT], schema)
    assert isinstance(found, dict)


def test_a_schema_of_many_properties_that_refer_to_itself_ends():
    node = {"type": "object", "properties": {f"p{n}": {"$ref": "#"} for n in range(50)}}
    assert isinstance(extract([TEXT], node), dict)


@given(st.text())
def test_what_is_found_stands_in_the_text(text):
    found = extract([f"Label: {text}"], {"properties": {"label": {"type": "string"}}})
    value = found["label"]
    assert value is None or value in f"Label: {text}".replace("*", "").replace("_", "").replace("`", "").replace(
        "#", ""
    ).replace(">", "")


@given(st.text())
def test_labels_are_compared_in_one_form(label):
    assert normalise(normalise(label)) == normalise(label)


@given(st.floats(-1e9, 1e9), st.sampled_from(["", "EUR ", "$"]))
def test_a_number_written_with_thousands_is_read_back(number, unit):
    number = round(number, 2)
    assert convert(f"{unit}{number:,.2f}", "number", {}) == pytest.approx(number)
