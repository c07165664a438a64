"""A part of the query language: enough to exercise the page. docs/query_language.md has all of it."""
import re

KEYS = ("in name caption tag camera lens before after date size width height rating near box similarity sort like image").split()


class QueryError(Exception):
    def __init__(self, column, message):
        super().__init__(f"column {column} of the query: {message}")
        self.column = column


def parse(text):
    """Returns terms [{type, text or id, weight}] and filters [(key, value, negated)]."""
    terms, filters, open_term = [], [], None
    for match in re.finditer(r'(?:"(?:\\.|[^"\\])*"?|[^\s"])+', text):
        word, sign = match[0], 1
        if word == "+":
            open_term = None
            continue
        if re.match(r'[+-][^\W\d_]|[+-]"', word):
            sign, word = (-1 if word[0] == "-" else 1), word[1:]
            open_term = None
        key = re.match(r"(field\.[^:]+|[a-z]+):(?!:)(.*)", word, re.I | re.S)
        if key and key[2] and word[0] != '"':
            name, value = key[1].lower(), key[2]
            if name not in KEYS and not name.startswith("field."):
                raise QueryError(match.start() + 1, f"'{name}:' is not a filter; did you mean 'before:'? To search for the words, "
                                 f'put them in quotes: "{word}"')
            open_term = None
            if name == "like":
                value, weight = split_weight(value)
                terms.append({"type": "item", "id": value.strip('"'), "weight": sign * weight})
            else:
                filters.append((name, value.strip('"'), sign < 0))
            continue
        word, weight = split_weight(word)
        if word.startswith('"'):
            terms.append({"type": "text", "text": word.strip('"'), "weight": sign * weight})
            open_term = None
            continue
        if open_term is not None:
            open_term["text"] += " " + word
            open_term["weight"] = weight
        else:
            open_term = {"type": "text", "text": word, "weight": sign * weight}
            terms.append(open_term)
        if weight != 1 or sign < 0:
            open_term = None
    return terms, filters


def split_weight(word):
    match = re.fullmatch(r"(.+)\*(\d+(?:\.\d+)?|\.\d+)", word, re.S)
    return (match[1], float(match[2])) if match and not match[1].isdigit() else (word, 1)


def number_holds(value, text):
    if value is None:
        return False
    for part in text.split(","):
        compare = re.match(r"(>=|<=|>|<|=)?(.*)", part)
        limit = float(re.sub(r"[a-z]+$", "", compare[2]) or 0)
        operator = compare[1] or "="
        if {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit, "=": value == limit}[operator]:
            return True
    return False


def holds(item, key, value):
    low = value.lower()
    if key == "in":
        return low.strip("/") in item["path"].lower().split("/") or f"/{low.strip('/')}/" in f"/{item['path'].lower()}"
    if key == "tag":
        return any(v in item["tags"] for v in low.split(","))
    if key in ("camera", "lens"):
        return low in (item[key] or "").lower()
    if key in ("name", "caption"):
        text = item["name"] if key == "name" else item["captions"][0]
        return low.strip("*") in text.lower()
    if key == "date":
        return bool(item["date"]) and item["date"].startswith(value)
    if key == "before":
        return bool(item["date"]) and item["date"] < value
    if key == "after":
        return bool(item["date"]) and item["date"][:len(value)] > value
    if key in ("width", "height", "rating"):
        return number_holds(item[key], value)
    if key == "box":
        south, west, north, east = map(float, value.split(","))
        place = item["location"]
        return bool(place) and south <= place["latitude"] <= north and west <= place["longitude"] <= east
    return True
