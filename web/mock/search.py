"""Ranks the synthetic library for a query. The similarity is the share of the query's words that a caption has, and noise."""
import functools
import zlib

import language
import library

SORTS = {"date": (lambda i: i["date"] or "9", False), "-date": (lambda i: i["date"] or "0", True), "path": (lambda i: i["path"], False),
         "-path": (lambda i: i["path"], True)}


def noise(number, seed):
    return ((number * 2654435761 ^ seed) & 0xFFFF) / 0xFFFF


@functools.lru_cache(maxsize=100_000)
def share_of_words(number, text):
    """The share of a text's words that image number's caption has."""
    item = library.item(number)
    words = [w.strip('"').rstrip("s") for w in text.lower().split() if len(w) > 2]
    return sum(w in f"{item['captions'][0]} {item['theme']}" for w in words) / max(1, len(words))


def similarity_to_term(number, term):
    if term["type"] == "text":
        share = share_of_words(number % library.PERIOD, term["text"])
        return (0.12 if term["weight"] > 0 else 0) + 0.17 * share + 0.06 * noise(number, zlib.crc32(term["text"].encode()))
    item = library.item(number)
    if term["type"] == "item":
        if term["id"] == item["id"]:
            return 1.0
        other = library.item(int(term["id"])) if term["id"].isdigit() else None
        same = other is not None and other["theme"] == item["theme"]
        return 0.45 * same + 0.3 + 0.2 * noise(number, zlib.crc32(term["id"].encode()))
    return 0.35 + 0.4 * noise(number, zlib.crc32(term["name"].encode()))


@functools.lru_cache(maxsize=64)
def ranking(text, images, count, group, boost):
    """Returns (terms, filters, [(similarity, number)], matching)."""
    terms, filters = language.parse(text)
    terms = terms + [{"type": "image", "name": name, "weight": 1} for name in images]
    conditions = [f for f in filters if f[0] not in ("sort", "similarity")]
    numbers = [n for n in range(count) if not conditions or
               all(language.holds(library.item(n), key, value) != negated for key, value, negated in conditions)]
    matching = len(numbers)
    if group:
        numbers = [n for n in numbers if not library.is_duplicate(n)]
    total = sum(max(t["weight"], 0) for t in terms) or 1
    scored = [(sum(t["weight"] * similarity_to_term(n, t) for t in terms) / total + 0.1 * (n in boost), n) for n in numbers]
    if terms:
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
    sort = next((value for key, value, _ in filters if key == "sort"), None)
    if sort is None and not terms:
        sort = "date"
    if sort in SORTS:
        key, reverse = SORTS[sort]
        scored.sort(key=lambda pair: key(library.item(pair[1])), reverse=reverse)
    return terms, filters, scored, matching


def significance(terms, scored, count):
    if not terms or any(t["type"] != "text" for t in terms):
        return None
    if count < 50:
        return {"verdict": "unknown", "p": 1, "matches": 0, "fdr": 0.05}
    best = sorted((s for s, _ in scored), reverse=True)
    matches = sum(s > 0.235 for s in best)
    if any(t.get("text") == "weak" for t in terms):
        return {"verdict": "weak", "p": 0.18, "matches": 0, "fdr": 0.05}
    verdict = "match" if matches else "no match"
    return {"verdict": verdict, "p": 0.0004 if matches else 0.71, "matches": matches, "fdr": 0.05}


def q_value(rank, judged):
    """q of the hit at a rank from 1."""
    matches = judged["matches"]
    if judged["verdict"] == "weak":
        return min(1, 0.19 + 0.02 * rank)
    if matches == 0:
        return min(1, 0.8 + 0.01 * rank)
    if rank <= matches:
        return 0.0005 if rank < matches / 3 else 0.006 if rank < matches * 0.66 else 0.034
    return min(1, 0.06 + 0.9 * (rank - matches) / (matches + 5))
