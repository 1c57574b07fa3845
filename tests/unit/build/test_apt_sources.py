"""Which source a Debian of the tests' own is made from."""

from __future__ import annotations

import pytest

from tests.apt_sources import Release, own_release

STANZAS = """\
Types: deb
# URIs: http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
"""


@pytest.fixture
def apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()

    def put(name: str, text: str):
        (tmp_path / name).write_text(text)
        return tmp_path

    return put


def test_a_stanza_of_the_own_release_is_taken(apt):
    folder = apt("sources.list.d/debian.sources", STANZAS)
    assert own_release(folder, "bookworm") == Release(
        "bookworm",
        "http://mirror.example/debian",
        ("main", "contrib"),
        "/usr/share/keyrings/debian.gpg",
    )


def test_a_line_with_options_is_read(apt):
    line = "deb [arch=amd64 signed-by=/keys/u.gpg] http://u.example/ubuntu noble main universe # x"
    release = own_release(apt("sources.list", f"deb-src x noble main\n{line}\n"), "noble")
    assert release == Release(
        "noble", "http://u.example/ubuntu", ("main", "universe"), "/keys/u.gpg"
    )


def test_third_parties_are_passed_over(apt):
    apt("sources.list.d/a.list", "deb https://tools.example cloud-bookworm main\n")
    folder = apt("sources.list.d/debian.sources", STANZAS)
    assert own_release(folder, "bookworm").address == "http://mirror.example/debian"


def test_a_source_that_is_switched_off_does_not_count(apt):
    folder = apt("sources.list.d/debian.sources", f"Enabled: no\n{STANZAS.splitlines()[0]}")
    with pytest.raises(LookupError, match="names no source of bookworm"):
        own_release(folder, "bookworm")
