"""docs/networks.md is what the networks' own files say."""

from __future__ import annotations

from network_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `.venv/bin/python build/network_page.py`"


def test_every_network_has_its_section() -> None:
    assert "### U-Net (`unet`)" in page()
    assert "| `resnet18` | 12.52 M | 35.7 |" in page()
    assert "| MiT-B0 | PyTorch | NVIDIA Source Code License" in page()
