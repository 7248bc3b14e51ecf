"""What deploy/Dockerfile says of its stages."""
import dataclasses
import pathlib
import re

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"


@dataclasses.dataclass
class Stage:
    """One FROM of the file. `packages` and `files` are those that it adds to what it begins with."""

    name: str
    parent: str
    packages: list
    files: list
    user: str
    entrypoint: str
    healthcheck: str


def _stage(parent, name, text):
    instructions = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    packages = re.search(r"apt-get install -y --no-install-recommends ([^&]*)", instructions)
    copies = re.findall(r"^COPY --from=build (.+) \S+$", instructions, re.MULTILINE)
    users = re.findall(r"^USER (\S+)$", instructions, re.MULTILINE)
    entrypoint = re.search(r'^ENTRYPOINT \["([^"]+)"\]$', instructions, re.MULTILINE)
    healthcheck = re.search(r'^HEALTHCHECK .* CMD \["([^"]+)"', instructions, re.MULTILINE)
    return Stage(name, parent, packages[1].split() if packages else [],
                 [file for copy in copies for file in copy.split()], users[-1] if users else "",
                 entrypoint[1] if entrypoint else "", healthcheck[1] if healthcheck else "")


def stages():
    """All stages by name, in the order of the file."""
    parts = re.findall(r"^FROM (\S+) AS ([\w-]+)\n((?:(?!FROM ).*\n?)*)", DOCKERFILE.read_text(), re.MULTILINE)
    return {name: _stage(parent, name, text) for parent, name, text in parts}
