# SPDX-License-Identifier: MIT
"""docs/mqtt.md and docs/mqtt.schema.json as data: which topics there are, and what may be on them."""
import json
import pathlib
import re

try:
    import jsonschema
except ImportError:  # the tables of the page are compared all the same
    jsonschema = None


def _tables(text):
    """Every table as a list of rows of cells, the header first."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
        yield [row for row in rows if not set("".join(row)) <= set("-: ")]


def _words(cell):
    return re.findall(r"`([^`\s]+)[^`]*`", cell)


class Schemas:
    """A definition for each topic, named as it is below <base>, with _ for /."""

    def __init__(self, path):
        self.document = json.loads(pathlib.Path(path).read_text())
        self.definitions = self.document["$defs"]

    def complaint(self, name, value):
        """What a validator says of a payload, or None."""
        if name not in self.definitions:
            return f"has no definition {name} in the schema"
        if not jsonschema:
            return None
        validator = jsonschema.Draft202012Validator({**self.document, "$ref": f"#/$defs/{name}"})
        errors = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
        return "; ".join(errors) or None


class Contract:
    def __init__(self, path, hub, prefix="homeassistant"):
        text = pathlib.Path(path).read_text()
        self.base = f"crampd/{hub}/"
        self.schemas = Schemas(pathlib.Path(path).with_suffix(".schema.json"))
        tables = {tuple(rows[0]): rows[1:] for rows in _tables(text)}
        self.topics = {}
        for topic, direction, retain, qos, payload, _ in tables["topic", "direction", "retain", "QoS", "payload", "meaning"]:
            name = topic.strip("`").replace("<base>", f"crampd/{hub}").replace("<prefix>", prefix).replace("<hub>", hub)
            self.topics[name] = {"direction": direction, "retain": retain == "yes", "qos": int(qos),
                                 "payload": payload, "fields": self._fields(payload)}
        self.common = {w for row in tables["field", "unit", "meaning"] for w in _words(row[0])}
        tonight = self.topics[f"crampd/{hub}/tonight"]["fields"]
        self.events = {}
        for event, payload in tables["event", "further fields"]:
            fields = self._fields(payload)
            if "`<base>/tonight`" in payload:
                fields = {k: v for k, v in fields.items() if "/" not in k} | tonight
            self.events[_words(event)[0]] = fields
        self.words = {row[0]: _words(row[1]) for row in tables["what", "words"]}

    @staticmethod
    def _fields(cell):
        """{name: required}"""
        optional = {w for part in re.findall(r"\(([^()]*`[^()]*)\)", cell) for w in _words(part)}
        return {w: w not in optional for w in _words(cell)}

    def definition(self, topic):
        """The schema's name for a topic."""
        return topic.removeprefix(self.base).replace("/", "_") if topic.startswith(self.base) else "discovery"

    def complaint(self, message):
        """What is wrong with a message (a dict of harness.Listener), or None."""
        return self._page_complaint(message) or self._schema_complaint(message)

    def _schema_complaint(self, message):
        if message["payload"] == "":
            return None  # cleared
        is_text = self.topics[message["topic"]]["payload"].startswith("text:")
        return self.schemas.complaint(self.definition(message["topic"]), message["payload"] if is_text else message["json"])

    def _page_complaint(self, message):
        topic = self.topics.get(message["topic"])
        if not topic or topic["direction"] != "out":
            return "is not a topic of docs/mqtt.md"
        if bool(message["retain"]) != topic["retain"] or message["qos"] != topic["qos"]:
            return f"retain {message['retain']}, QoS {message['qos']}; documented: {topic}"
        if message["payload"] == "" and topic["retain"]:
            return None  # cleared
        if topic["payload"].startswith("text:"):
            return self._text_complaint(message["payload"], _words(topic["payload"]))
        if not isinstance(message["json"], dict):
            return "is not a JSON object"
        if topic["payload"] == "see Events":
            return self._event_complaint(message["json"])
        return self._fields_complaint(message["json"], topic["fields"])

    def _text_complaint(self, payload, allowed):
        reasons = self.words["`reason` of `fault`"]
        patterns = [re.escape(a).replace("<reason>", "(" + "|".join(reasons) + ")") for a in allowed]
        return None if any(re.fullmatch(p, payload) for p in patterns) else f"is not one of {allowed}"

    def _event_complaint(self, event):
        fields = self.events.get(event.get("event"))
        if fields is None:
            return "is not an event of docs/mqtt.md"
        missing = {"event", "t", "occurred_at", "clock_synced", "boot_id", "seq"} - event.keys()
        if missing:
            return f"lacks {missing}"
        return self._fields_complaint({k: v for k, v in event.items() if k not in self.common}, fields)

    @staticmethod
    def _fields_complaint(payload, fields):
        unknown = payload.keys() - fields.keys()
        missing = {k for k, required in fields.items() if required} - payload.keys()
        if unknown or missing:
            return f"unknown {sorted(unknown)}, missing {sorted(missing)}"
        return None
