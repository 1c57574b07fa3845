"""objectclasses.json: `{"classes": 3, "classesname": ["background", "pad", "circle"]}`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training_api.formats.base import Findings

FILE = "objectclasses.json"
MOST_CLASSES = 254
EXAMPLE = '{"classes": 2, "classesname": ["background", "part"]}'


def read_object_classes(path: Path, findings: Findings) -> list[str]:
    """The class names in order of their ids, or [] after reporting what is wrong."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        findings.error("missing_classes", f"{FILE} is missing. Create it like {EXAMPLE}.", FILE)
        return []
    except (ValueError, OSError) as error:
        findings.error("bad_classes", f"{FILE} is not valid JSON ({error}). Correct it.", FILE)
        return []
    fault = _fault(data)
    if fault:
        findings.error("bad_classes", f"{FILE}: {fault}", FILE)
        return []
    return [str(name) for name in data["classesname"]]


def _fault(data: Any) -> str:
    """What is wrong, as a sentence with the remedy; '' if nothing."""
    if not isinstance(data, dict) or "classes" not in data or "classesname" not in data:
        return f"'classes' and 'classesname' are needed. Write it like {EXAMPLE}."
    names, count = data["classesname"], data["classes"]
    if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
        return "'classesname' must be a list of names that are not empty."
    if isinstance(count, bool) or not isinstance(count, int) or count != len(names):
        return f"'classes' is {count!r} but 'classesname' has {len(names)} names. Make them agree."
    if len(names) < 2 or len(names) > MOST_CLASSES:
        return f"There are {len(names)} classes; 2 to {MOST_CLASSES} can be trained."
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        return f"The class name '{twins[0]}' occurs twice. Rename one."
    return ""
