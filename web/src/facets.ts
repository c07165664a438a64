// The panel of filters: values of the images that meet the query's filters, with their numbers.
import { api, type FacetValue, type Facets } from "./api";
import { fill, h } from "./dom";
import { filterOf, formatQuery, hasFilter, isTerm, parseQuery, toggleFilter } from "./query";
import { store } from "./state";
import { count } from "./words";

const kShown = 8;

const kGroups: { name: keyof Facets; key: string; title: string }[] = [
  { name: "folders", key: "in", title: "Folders" },
  { name: "tags", key: "tag", title: "Tags" },
  { name: "cameras", key: "camera", title: "Cameras" },
  { name: "lenses", key: "lens", title: "Lenses" },
  { name: "ratings", key: "rating", title: "Ratings" },
];

/** The filters of a query as a query, which is what facets, timeline and places depend on. */
export const filtersOf = (q: string): string => formatQuery(parseQuery(q).filter((part) => !isTerm(part)));

function entry(key: string, { value, count: number }: FacetValue): HTMLElement {
  const filter = filterOf(key, key === "in" && !value.endsWith("/") ? `${value}/` : `${value}`);
  const pressed = hasFilter(store.now.q, filter);
  const label = key === "rating" ? `${"★".repeat(Number(value))} ${value}` : `${value}`;
  const press = () => store.change({ q: toggleFilter(store.now.q, filter), refine: false });
  const names = { "aria-pressed": `${pressed}`, "data-key": `${key}:${value}`, onclick: press };
  return h("li", null, h("button.facet", names, h("span.value", null, label), h("span.count", null, count(number))));
}

const open = new Set<string>(); // groups that show all values

function group({ key, title }: (typeof kGroups)[number], values: FacetValue[], redraw: () => void): HTMLElement {
  const shown = open.has(key) ? values : values.slice(0, kShown);
  const more = () => {
    if (!open.delete(key)) open.add(key);
    redraw();
  };
  return h(
    "section",
    { "aria-labelledby": `facet-${key}` },
    h("h3", { id: `facet-${key}` }, title),
    h("ul.facets", null, ...shown.map((value) => entry(key, value))),
    values.length > kShown &&
      h(
        "button.plain",
        { "aria-expanded": `${open.has(key)}`, "data-key": `more-${key}`, onclick: more },
        open.has(key) ? "Fewer" : `${values.length - kShown} more`,
      ),
  );
}

function period(facets: Facets): HTMLElement | false {
  if (!facets.dates?.from) return false;
  const current = (key: string) => {
    const part = parseQuery(store.now.q).find((other) => other.kind === "filter" && other.key === key);
    return part?.kind === "filter" ? part.value : "";
  };
  const field = (key: "after" | "before", label: string, hint: string) => {
    const input = h("input", {
      type: "text",
      placeholder: hint,
      value: current(key),
      maxlength: 19,
      inputmode: "numeric",
    });
    input.addEventListener("change", () => {
      const rest = parseQuery(store.now.q).filter((part) => !(part.kind === "filter" && part.key === key));
      const value = input.value.trim();
      store.change({ q: formatQuery(value ? [...rest, filterOf(key, value)] : rest), refine: false });
    });
    return h("label.field", null, label, input);
  };
  const [from, to] = [facets.dates.from.slice(0, 7), (facets.dates.to ?? facets.dates.from).slice(0, 7)];
  return h(
    "section",
    { "aria-labelledby": "facet-date" },
    h("h3", { id: "facet-date" }, "Date"),
    h("div.pair", null, field("after", "After", from), field("before", "Before", to)),
  );
}

export function drawFacets(panel: HTMLElement, facets: Facets): void {
  const redraw = () => drawFacets(panel, facets);
  const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
  const groups = kGroups
    .map((shape) => ({ shape, values: (facets[shape.name] ?? []) as FacetValue[] }))
    .filter(({ values }) => values.length > 0);
  const dates = period(facets);
  const none = groups.length === 0 && !dates;
  fill(
    panel,
    ...groups.map(({ shape, values }) => group(shape, values, redraw)),
    dates,
    none && h("p.quiet", null, "These images have no metadata to filter by."),
  );
  if (focused) panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export async function showFacets(panel: HTMLElement, q: string, signal: AbortSignal): Promise<void> {
  drawFacets(panel, await api.facets(filtersOf(q), signal));
}
