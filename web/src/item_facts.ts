// The facts about an image, and its score for each term of the query.
import type { Hit, Item } from "./api";
import { h, s, type Child } from "./dom";
import { filterOf, formatNumber } from "./query";
import { searchFor } from "./state";
import { bytesText, confidence, count, dateText, degreesText, qText, similarityText } from "./words";

const filterLink = (key: string, value: string, text = value) =>
  h("button.link", { title: `Search ${key}:${value}`, onclick: () => searchFor(searchText(key, value)) }, text);

function searchText(key: string, value: string): string {
  const filter = filterOf(key, value);
  return `${filter.key}:${filter.value}`;
}

function place(item: Item): Child {
  if (!item.location) return false;
  const { latitude, longitude } = item.location;
  const near = `${latitude.toFixed(4)},${longitude.toFixed(4)},10km`;
  return h(
    "button.link",
    { title: "Search within 10 km", onclick: () => searchFor(`near:${near}`) },
    degreesText(latitude, longitude),
  );
}

/** A list of names and values; values that can be filtered by are buttons. */
export function itemFacts(item: Item): HTMLElement {
  const list = h("dl");
  const row = (name: string, ...values: Child[]) => {
    if (values.some((value) => value !== undefined && value !== false && value !== "")) {
      list.append(h("dt", null, name), h("dd", null, ...values));
    }
  };
  const folder = item.path.includes("/") ? item.path.slice(0, item.path.lastIndexOf("/") + 1) : "";
  row("File", item.path);
  row("Data set", item.dataset);
  row("Copies", ...(item.copies ?? []).map((path) => h("div", null, path)));
  row(
    "Size",
    item.width && item.height && `${count(item.width)} × ${count(item.height)}`,
    item.format && `, ${item.format}`,
    item.size_bytes !== undefined && `, ${bytesText(item.size_bytes)}`,
  );
  row("Date", item.date && filterLink("date", item.date.slice(0, 10), dateText(item.date)));
  row("Folder", folder && filterLink("in", folder));
  row("Camera", item.camera && filterLink("camera", item.camera));
  row("Lens", item.lens && filterLink("lens", item.lens));
  row("Place", place(item));
  row("Rating", item.rating !== undefined && (item.rating < 0 ? "rejected" : `${item.rating} of 5`));
  row("Tags", ...(item.tags ?? []).map((tag) => filterLink("tag", tag)));
  for (const [name, value] of Object.entries(item.fields ?? {})) row(name, value);
  return h("section", { "aria-labelledby": "facts-title" }, h("h3", { id: "facts-title" }, "Metadata"), list);
}

const weightText = (weight: number): string =>
  weight < 0 ? ` −${formatNumber(-weight)}` : ` ×${formatNumber(weight)}`;

function scoreBar(similarity: number): SVGElement {
  const share = Math.min(1, Math.max(0, similarity)) * 100;
  const bar = { viewBox: "0 0 100 6", preserveAspectRatio: "none", class: "score-bar", "aria-hidden": "true" };
  return s(
    "svg",
    bar,
    s("rect", { width: 100, height: 6, class: "track" }),
    s("rect", { width: share, height: 6, class: "value" }),
  );
}

/** The similarity of the whole query, with confidence, and of each of its terms. */
export function termScores(item: Item, hit: Hit | undefined): HTMLElement | false {
  const terms = item.terms ?? [];
  if (terms.length === 0) return false;
  const sure = confidence(hit?.q);
  const rows = terms.map((term) =>
    h(
      "tr",
      null,
      h(
        "th",
        { scope: "row" },
        term.text ?? `like ${term.id}`,
        term.weight !== 1 && h("span.quiet", null, weightText(term.weight)),
      ),
      h("td", null, similarityText(term.similarity)),
      h("td", null, scoreBar(term.similarity)),
    ),
  );
  const total = h(
    "tr.total",
    null,
    h("th", { scope: "row" }, "Query"),
    h("td", null, similarityText(item.similarity)),
    h("td", null, sure ? `${sure.word} (${qText(hit!.q!)})` : ""),
  );
  return h(
    "section",
    { "aria-labelledby": "terms-title" },
    h("h3", { id: "terms-title" }, "Score per term"),
    h("table.terms", null, h("tbody", null, ...rows, typeof item.similarity === "number" && total)),
  );
}
