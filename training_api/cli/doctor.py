"""segsmith doctor: what this machine can do, and what is in the way."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from training_api.cli.checks import Finding, all_findings
from training_api.cli.failure import Failed
from training_api.cli.home import home_option, json_option
from training_api.cli.screen import console, table


@click.command("doctor")
@click.option("--port", default=4200, show_default=True, type=click.IntRange(1, 65535))
@home_option
@json_option
def command(port: int, home: Path, as_json: bool) -> None:
    """Check this machine. Ends with an error if nothing can be trained or served here."""
    findings = []
    screen = console(aside=as_json)
    with screen.status("Checking …") if screen.is_terminal else screen:
        findings = list(all_findings(home, port))
    screen.print(table(("", "check", ""), map(_row, findings)))
    broken = [finding for finding in findings if finding.state == "error"]
    if as_json:
        document = {"ok": not broken, "checks": [asdict(finding) for finding in findings]}
        print(json.dumps(document, ensure_ascii=False))
    if broken:
        raise Failed(f"{len(broken)} of {len(findings)} checks failed: {broken[0].message}")


def _row(finding: Finding) -> tuple[str, str, str]:
    marks = {"ok": "✓", "warning": "!", "error": "✗"}
    return marks[finding.state], finding.name, finding.message
