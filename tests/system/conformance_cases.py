"""Reads the files of tests/conformance/functions (its README.md has the format) and judges answers."""
import base64
import dataclasses
import json
import re

# Sections that may stand once, and those of which each request has its own.
ONCE = {"source", "webhook", "script", "app", "only", "alone"}
NAMED = {"function", "value", "secret", "service", "rule", "file", "environment"}
STEP = {"request", "expect", "console", "log"}
BODY_FORMS = {"", "json", "contains", "matches", "base64"}
REPEAT = re.compile(r"<<(.+?) \* (\d+)>>", re.DOTALL)
REQUEST_LINE = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)(?: (\S+))?")


class BadCase(Exception):
    """A file is not as README.md says; the text names file and line."""


@dataclasses.dataclass
class Step:
    """A request and what must come of it. Texts are as in the file: `fill` replaces `${...}` when they are used."""

    request: str = ""
    request_is_base64: bool = False
    expect: str = None
    expect_form: str = ""
    console: str = None
    log: str = None


@dataclasses.dataclass
class Case:
    title: str
    place: str  # file:line
    name: str  # of the webhook
    source: str = None
    webhook: dict = dataclasses.field(default_factory=dict)
    script: str = None
    app: dict = dataclasses.field(default_factory=dict)
    only: str = None
    alone: bool = False
    # (kind, name) to content: what else the application holds.
    entities: dict = dataclasses.field(default_factory=dict)
    steps: list = dataclasses.field(default_factory=list)

    @property
    def service(self):
        return self.webhook.get("service", self.webhook.get("service_type", "http"))

    def needs_upstream(self):
        texts = [self.source, self.script or "", json.dumps(self.app), *map(str, self.entities.values())]
        return any("${UPSTREAM" in text for text in texts + [step.request for step in self.steps])


def fill(text, variables):
    for name, value in variables.items():
        text = text.replace("${" + name + "}", value)
    return text


def _unescape(lines):
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return "\n".join(line[1:] if line.startswith(("\\---", "\\===")) else line for line in lines)


def _json(text, place, what):
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadCase(f"{place}: {what}: {error}") from None


def _add(case, kind, argument, text, place):
    """Puts one section into the case."""
    if kind in ONCE:
        if argument and kind != "only":
            raise BadCase(f"{place}: {kind} has no argument")
        if kind in ("webhook", "app"):
            setattr(case, kind, _json(text, place, kind))
        elif kind == "only":
            if argument not in ("process", "thread"):
                raise BadCase(f"{place}: only: '{argument}', allowed: process, thread")
            case.only = argument
        else:
            setattr(case, kind, True if kind == "alone" else text)
    elif kind in NAMED:
        name, _, rest = argument.partition(" ")
        if not name or (rest and kind not in ("function", "file")):
            raise BadCase(f"{place}: {kind} wants a name")
        if kind == "function":
            content = (text, json.dumps(_json(rest, place, "function") if rest else {}, sort_keys=True))
        elif kind == "file":
            if rest not in ("", "base64"):
                raise BadCase(f"{place}: file: '{rest}', allowed: base64")
            content = base64.b64decode(text) if rest else text
        elif kind == "secret":
            content = text
        else:
            content = json.dumps(_json(text, place, kind), sort_keys=True)
        case.entities[kind, name] = content
    else:
        _add_to_step(case, kind, argument, text, place)


def _add_to_step(case, kind, argument, text, place):
    begins = not case.steps or (kind == "request" and case.steps[-1].expect is not None)
    if begins:
        case.steps.append(Step())
    step = case.steps[-1]
    if kind == "request":
        if argument not in ("", "base64"):
            raise BadCase(f"{place}: request: '{argument}', allowed: base64")
        step.request, step.request_is_base64 = text, argument == "base64"
    elif kind == "expect":
        if argument not in BODY_FORMS:
            raise BadCase(f"{place}: expect: '{argument}', allowed: {', '.join(sorted(BODY_FORMS - {''}))}")
        if step.expect is not None:
            raise BadCase(f"{place}: expect: a second one without a request before it")
        step.expect, step.expect_form = text, argument
    else:
        if step.expect is None:
            raise BadCase(f"{place}: {kind} belongs behind the expect of its request")
        setattr(step, kind, text)


def parse(path):
    """The cases of one file."""
    cases, case, section, section_place, lines = [], None, None, "", []

    def end_section():
        if section is not None:
            kind, _, argument = section.partition(" ")
            if kind not in ONCE | NAMED | STEP:
                raise BadCase(f"{section_place}: there is no section '{kind}'")
            _add(case, kind, argument.strip(), _unescape(lines), section_place)

    text = path.read_bytes().decode()
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{path.name}:{number}"
        if line.startswith("=== "):
            end_section()
            stem = re.sub(r"[^A-Za-z0-9]", "-", path.stem)
            case, section, lines = Case(line[4:].strip(), place, f"{stem}-{len(cases) + 1}"), None, []
            cases.append(case)
        elif line.startswith("--- ") and case is not None:
            end_section()
            section, section_place, lines = line[4:].strip(), place, []
        elif section is not None:
            lines.append(line)
        elif case is not None and line.strip():
            raise BadCase(f"{place}: text outside a section")
    end_section()
    for each in cases:
        if each.source is None or not each.steps or any(step.expect is None for step in each.steps):
            raise BadCase(f"{each.place}: '{each.title}' wants a source and an expect")
        if not re.match(r"[\d.]+ \S", each.title):
            raise BadCase(f"{each.place}: '{each.title}': a title begins with the section of the specification")
    return cases


def _expand(text):
    return REPEAT.sub(lambda match: match[1] * int(match[2]), text)


def read_request(step, variables):
    """Method, what follows the webhook's path, headers, body (None for none)."""
    head, _, body = fill(step.request, variables).partition("\n\n")
    lines = [line for line in head.split("\n") if line.strip()]
    method, suffix = "POST", ""
    if lines and (first := REQUEST_LINE.fullmatch(lines[0])):
        method, suffix = first[1], first[2] or ""
        lines = lines[1:]
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    if any(len(header) != 2 for header in headers):
        raise BadCase(f"'{head}': a header is NAME: VALUE; a body stands behind an empty line")
    if not body:
        return method, suffix, headers, None
    return method, suffix, headers, base64.b64decode(body) if step.request_is_base64 else _expand(body).encode()


def _same(want, have):
    """`~ ` begins a regular expression for the whole text."""
    return re.fullmatch(want[2:], have, re.DOTALL) is not None if want.startswith("~ ") else want == have


def _short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:500]}... ({len(text)} characters)"


def _body_problem(form, want, answer):
    if want == "<empty>":
        return None if answer.body == b"" else f"body {_short(answer.text())}, expected none"
    if form == "base64":
        if answer.body != base64.b64decode(want):
            return f"body {_short(base64.b64encode(answer.body))}, expected {_short(want)}"
        return None
    want = _expand(want)
    text = answer.text()
    if form == "json":
        try:
            same = json.loads(text) == json.loads(want)
        except ValueError:
            same = False
    elif form == "contains":
        same = all(line in text for line in want.split("\n"))
    elif form == "matches":
        same = re.fullmatch(want, text, re.DOTALL) is not None
    else:
        same = answer.body == want.encode()
    return None if same else f"body {_short(text)}, expected {form} {_short(want)}"


def answer_problems(step, variables, answer):
    """What is not as expected, in sentences."""
    head, behind, body = fill(step.expect, variables).partition("\n\n")
    lines = head.split("\n")
    problems = []
    if str(answer.status) != lines[0].strip():
        problems.append(f"status {answer.status}, expected {lines[0].strip()}")
    wanted = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        wanted.setdefault(name.strip().lower(), []).append(value.strip())
    for name, values in wanted.items():
        have = [value for key, value in answer.headers if key.lower() == name]
        want = [] if values == ["<absent>"] else values
        if len(have) != len(want) or not all(map(_same, want, have)):
            problems.append(f"header {name}: {have}, expected {want}")
    problem = _body_problem(step.expect_form, body, answer) if behind else None
    if problem:
        problems.append(problem)
    elif problems:
        problems.append(f"the body was {_short(answer.text())}")
    return problems


def log_problems(step, variables, entries):
    """`entries`: the log lines that carry the request's id, as dicts."""
    problems = []
    if step.console is not None:
        have = [entry["text"] for entry in entries if entry.get("event") == "function console"]
        want = fill(step.console, variables).split("\n") if step.console else []
        have = "\n".join(have).split("\n") if have else []
        if len(have) != len(want) or not all(map(_same, want, have)):
            problems.append(f"console {_short(have)}, expected {_short(want)}")
    for line in filter(None, fill(step.log or "", variables).split("\n")):
        want = json.loads(line)
        if not any(all(key in entry and _same(str(value), str(entry[key])) for key, value in want.items())
                   for entry in entries):
            problems.append(f"no log line like {line} in {_short(entries)}")
    return problems
