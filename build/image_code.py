"""Make our packages, copied to ROOT, known to the environments of an image that is built.

    python3 build/image_code.py

A file of paths and a few lines of metadata are what an editable installation would write: so a
change of the code needs no pip, and takes seconds.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from console import ROOT, SetupError, finish
from project import ENVIRONMENTS, declared

PACKAGES = ("docker_sdk_api", "gui", "inference_api", "training_api")
# The children that a service spawns import this file anew, under another name.
COMMAND = """\
#!{python}
import sys

from {module} import {function}

if __name__ == "__main__":
    sys.exit({function}())
"""


def introduce(folder: Path) -> None:
    """Write the paths, the metadata and the command into the environment `folder`."""
    project = declared()["project"]
    site = next(folder.glob("lib/python3.*/site-packages"))
    (site / "segsmith.pth").write_text(f"{ROOT}\n")
    about = site / f"segsmith-{project['version']}.dist-info"
    about.mkdir(exist_ok=True)
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    (about / "METADATA").write_text("\n".join(lines) + "\n")
    module, function = project["scripts"]["segsmith"].split(":")
    command = folder / "bin" / "segsmith"
    command.write_text(
        COMMAND.format(python=folder / "bin" / "python", module=module, function=function)
    )
    command.chmod(0o755)


def compile_ahead(python: Path) -> None:
    """Bytecode beside the source: whoever runs the image may write nothing there."""
    present = [name for name in PACKAGES if (ROOT / name).is_dir()]
    if subprocess.run([python, "-m", "compileall", "-q", *present], cwd=ROOT).returncode != 0:
        raise SetupError("our own packages do not compile, see above.")


def main() -> int:
    """Every environment that is there."""
    folders = [ROOT / environment.folder for environment in ENVIRONMENTS]
    for folder in filter(Path.is_dir, folders):
        introduce(folder)
        compile_ahead(folder / "bin" / "python")
    return 0


if __name__ == "__main__":
    finish(main)
