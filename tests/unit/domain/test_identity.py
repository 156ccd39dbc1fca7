from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid
from sluiceway.domain.identity import MOST_IDENTITY_BYTES, TEXT_MEMBERS, canonical_identity

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = texts | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
names = texts.filter(lambda name: name.casefold() not in TEXT_MEMBERS)
identities = st.dictionaries(names, values, min_size=1, max_size=5)


@given(identities, st.randoms())
def test_the_order_of_members_and_the_spacing_do_not_matter(identity: dict[str, object], random: Random) -> None:
    members = list(identity.items())
    random.shuffle(members)
    spaced = json.dumps(dict(members), indent=3)
    assert canonical_identity(spaced) == canonical_identity(json.dumps(identity))


@given(identities)
def test_nothing_of_an_identity_is_lost(identity: dict[str, object]) -> None:
    assert json.loads(canonical_identity(json.dumps(identity))) == identity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"mac"',
        "null",
        "{}",
        '{"a": NaN}',
        '{"a": 1e400}',
        '{"a": -1e400}',
        '{"a": 9223372036854775808}',
        '{"a": "b", "a": "c"}',
        '{"a": "\\ud800"}',
        '{"a":' * 2000 + "1" + "}" * 2000,
        json.dumps({"a": "x" * MOST_IDENTITY_BYTES}),
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="id_data"):
        canonical_identity(text)


def test_an_identity_may_have_as_many_bytes_as_the_limit() -> None:
    text = json.dumps({"a": "x" * (MOST_IDENTITY_BYTES - len('{"a":""}'))})
    assert len(canonical_identity(text)) == MOST_IDENTITY_BYTES


@pytest.mark.parametrize("text", ['{"a": {"b": 1}}', '{"a": []}', '{"a": ["x"]}', '{"mac": {"a": 1}}'])
def test_an_identity_is_flat(text: str) -> None:
    with pytest.raises(Invalid, match="id_data must be flat"):
        canonical_identity(text)


@pytest.mark.parametrize("name", ["mac", "sku", "sn", "MAC", "Sn", "\u017fku", "s\u212au"])
@pytest.mark.parametrize("value", [5, 1.5, True, None])
def test_what_a_client_reads_as_text_is_text(name: str, value: object) -> None:
    with pytest.raises(Invalid, match=r"the value of '.+' in id_data must be a string"):
        canonical_identity(json.dumps({name: value}))
    assert json.loads(canonical_identity(json.dumps({name: "x", "other": value}))) == {name: "x", "other": value}
