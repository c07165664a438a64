"""Checks JSON values against the schemas of an OpenAPI 3.1 document: the keywords that it uses."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
ABOUT = {"description", "default", "example", "examples", "contentEncoding", "contentMediaType", "format", "$ref"}


def has_type(value, name):
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return has_type(value, "number") and value == int(value)
    return isinstance(value, TYPES[name])


class Schemas:
    def __init__(self, document):
        self.document = document

    def resolve(self, part):
        """Returns what a part of the document refers to."""
        while "$ref" in part:
            target = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            part = target
        return part

    def problem(self, value, schema, at="the answer"):
        """Returns what is wrong with a value, None if nothing is."""
        if "$ref" in schema:
            found = self.problem(value, self.resolve(schema), at)
            if found:
                return found
        for keyword, wanted in schema.items():
            if keyword in ABOUT:
                continue
            check = getattr(self, "_" + keyword, None)
            if check is None:
                raise AssertionError(f"the schema of {at} has the keyword {keyword}, which is not checked")
            found = check(value, wanted, schema, at)
            if found:
                return found
        return None

    def _type(self, value, wanted, schema, at):
        names = wanted if isinstance(wanted, list) else [wanted]
        if not any(has_type(value, name) for name in names):
            return f"{at} is {value!r:.80}; expected {' or '.join(names)}"

    def _enum(self, value, wanted, schema, at):
        if value not in wanted:
            return f"{at} is {value!r:.80}; expected one of {wanted}"

    def _const(self, value, wanted, schema, at):
        return self._enum(value, [wanted], schema, at)

    def _properties(self, value, wanted, schema, at):
        if isinstance(value, dict):
            return next((found for name, part in wanted.items() if name in value
                         if (found := self.problem(value[name], part, f"{at}.{name}"))), None)

    def _additionalProperties(self, value, wanted, schema, at):
        if not isinstance(value, dict):
            return None
        for name in value.keys() - schema.get("properties", {}).keys():
            if wanted is False:
                return f"{at} has the member {name!r}, which is not described"
            found = self.problem(value[name], wanted, f"{at}.{name}") if isinstance(wanted, dict) else None
            if found:
                return found

    def _required(self, value, wanted, schema, at):
        absent = [name for name in wanted if isinstance(value, dict) and name not in value]
        if absent:
            return f"{at} lacks {', '.join(absent)}"

    def _items(self, value, wanted, schema, at):
        if isinstance(value, list):
            return next((found for i, one in enumerate(value)
                         if (found := self.problem(one, wanted, f"{at}[{i}]"))), None)

    def _bound(self, value, kind, bad, at):
        if isinstance(value, kind) and not isinstance(value, bool) and bad(value):
            return f"{at} is out of range: {value!r:.80}"

    def _minimum(self, value, wanted, schema, at):
        return self._bound(value, (int, float), lambda found: found < wanted, at)

    def _maximum(self, value, wanted, schema, at):
        return self._bound(value, (int, float), lambda found: found > wanted, at)

    def _minItems(self, value, wanted, schema, at):
        return self._bound(value, list, lambda found: len(found) < wanted, at)

    def _maxItems(self, value, wanted, schema, at):
        return self._bound(value, list, lambda found: len(found) > wanted, at)

    def _minLength(self, value, wanted, schema, at):
        return self._bound(value, str, lambda found: len(found) < wanted, at)

    def _maxLength(self, value, wanted, schema, at):
        return self._bound(value, str, lambda found: len(found) > wanted, at)

    def _pattern(self, value, wanted, schema, at):
        return self._bound(value, str, lambda found: not re.search(wanted, found), at)

    def _allOf(self, value, wanted, schema, at):
        return next((found for part in wanted if (found := self.problem(value, part, at))), None)

    def _anyOf(self, value, wanted, schema, at):
        if all(self.problem(value, part, at) for part in wanted):
            return f"{at} meets none of the alternatives: {value!r:.80}"

    def _oneOf(self, value, wanted, schema, at):
        met = sum(not self.problem(value, part, at) for part in wanted)
        if met != 1:
            return f"{at} meets {met} of the alternatives, of which it must meet one: {value!r:.80}"
