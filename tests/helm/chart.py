"""Renders the chart deploy/helm/overlock with the Helm that .ci/helm.sh built."""
import functools
import os
import pathlib
import re
import subprocess

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "deploy" / "helm" / "overlock"
HELM = os.environ.get("HELM", "helm")
BIN = pathlib.Path(os.environ.get("OVERLOCK_BIN", REPOSITORY / "build" / "release" / "bin"))
SERVICES = ("config", "validation", "executor", "auth", "authz", "edge")
NAMESPACE = "hooks"
# The oldest that the chart allows.
KUBERNETES = "1.30"


def values_files():
    """The files with values that .ci/helm.sh renders, too."""
    return sorted([*(CHART / "examples").glob("*-values.yaml"), *(CHART / "ci").glob("*-values.yaml")])


def run(values, *arguments):
    """`helm template` with a file of values or a dictionary; returns subprocess.CompletedProcess."""
    text = values.read_text() if isinstance(values, pathlib.Path) else yaml.safe_dump(values)
    return subprocess.run([HELM, "template", "overlock", CHART, "--kube-version", KUBERNETES, "--namespace", NAMESPACE,
                           "--values", "-", *arguments],
                          input=text, capture_output=True, text=True, timeout=60, check=False)


def render_text(values):
    done = run(values)
    if done.returncode != 0:
        raise AssertionError(f"helm template failed: {done.stderr}")
    return done.stdout


class Manifests:
    """The objects of a rendered chart."""

    def __init__(self, values):
        self.objects = [each for each in yaml.load_all(render_text(values), yaml.CSafeLoader) if each]

    def of_kind(self, kind):
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind, name_end):
        """The only object of this kind whose name ends so."""
        found = [each for each in self.of_kind(kind) if each["metadata"]["name"].endswith(name_end)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} objects {kind} *{name_end}")
        return found[0]

    def pod(self, service):
        """The pod template of a service."""
        return self.one("Deployment", f"-{service}")["spec"]["template"]

    def container(self, service):
        containers = self.pod(service)["spec"]["containers"]
        if len(containers) != 1:
            raise AssertionError(f"{service} has {len(containers)} containers")
        return containers[0]

    def flags(self, service):
        """A container's flags: name to text, None for a switch."""
        flags = {}
        for argument in self.container(service)["args"]:
            name, separator, value = argument.removeprefix("--").partition("=")
            if name in flags:
                raise AssertionError(f"{service}: --{name} twice")
            flags[name] = value if separator else None
        return flags


@functools.cache
def rendered(path):
    """The manifests of a file of values."""
    return Manifests(path)


def selects(selector, labels):
    """Whether a selector's matchLabels choose these labels."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


@functools.cache
def flags_of_binary(service):
    """The names of the flags that a service's program has."""
    done = subprocess.run([BIN / f"overlock-{service}", "--helpfull"], capture_output=True, text=True, timeout=60,
                          check=False)
    return frozenset(re.findall(r"^\s+--(\w+) \(", done.stdout, re.MULTILINE))
