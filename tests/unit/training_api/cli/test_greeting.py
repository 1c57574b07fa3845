from __future__ import annotations

import pytest

from training_api.cli.greeting import greeting
from training_api.cli.part import Part

URL = "http://127.0.0.1:4200"


@pytest.mark.parametrize(
    ("part", "host", "public_url", "said"),
    [
        (Part.all, "127.0.0.1", None, f"Segsmith is at {URL}"),
        (Part.gui, "0.0.0.0", "https://x.org/s", "Segsmith is at https://x.org/s"),
        (Part.gui, "127.0.0.1", None, f"The gui part is at {URL}"),
        (Part.gui, "0.0.0.0", None, "The gui part listens on port 4200, on all addresses"),
    ],
)
def test_an_address_is_named_only_where_it_leads_there(
    part: Part, host: str, public_url: str | None, said: str
) -> None:
    assert greeting(part, host, URL, public_url, terminal=False) == said
    assert greeting(part, host, URL, public_url, terminal=True) == f"{said} (Ctrl-C stops it)"
