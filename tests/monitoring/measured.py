"""What the programs measure, as their sources say it."""
import pathlib
import re

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# The services that follow config, and so have metrics whose names are made of theirs.
WATCHERS = ("edge", "validation", "auth", "authz", "executor")
# Ends of names that are made of a service's: absl::StrCat("overlock_", service, "_config_revision").
MADE_OF_A_SERVICE = re.compile(r'StrCat\("overlock_", \w+(?:\([\w.]*\))?, "(_\w+)"\)')

# What is named like a metric and is none.
OTHER_NAMES = re.compile(r'constexpr char k\w*(?:Schema|Channel|Name)\[\] = "(overlock_\w+)"')


def sources():
    for part in ("common", "services"):
        for path in sorted((REPOSITORY / part).rglob("*.cc")):
            if not path.name.endswith("_test.cc"):
                yield path, path.read_text(encoding="utf-8")


def metric_names():
    """Every metric's name, without `_bucket`, `_sum` and `_count`."""
    names, ends, called = set(), {}, set()
    for path, text in sources():
        names |= set(re.findall(r'"(overlock_[a-z0-9_]*[a-z0-9])"', text)) - set(OTHER_NAMES.findall(text))
        for end in MADE_OF_A_SERVICE.findall(text):
            ends[end] = path.name
        if "CallMetrics" in text:
            called |= set(re.findall(r'"(config|auth)"', text))
    for end, file in ends.items():
        for service in called if file == "call_metrics.cc" else WATCHERS:
            names.add(f"overlock_{service}{end}")
    return names


def written_metrics():
    """Of each metric that a README explains its labels; a name may stand in several."""
    written = {}
    for path in sorted((REPOSITORY / "services").glob("*/README.md")):
        for name, labels in re.findall(r"`(overlock_[a-z0-9_]+)(?:\{([^}]*)\})?`", path.read_text(encoding="utf-8")):
            names = {label.partition("=")[0] for label in labels.split(",") if label}
            written.setdefault(name, set()).update(names)
    return written
