// The panel of places: a map without tiles, and a list of its cells.
import { api, thumbnailUrl, type Cell, type Places } from "./api";
import { kCoast } from "./coast";
import { fill, h, s } from "./dom";
import { filtersOf } from "./facets";
import { filterOf, formatQuery, hasFilter, parseQuery, toggleFilter } from "./query";
import { store } from "./state";
import { counted, degreesText } from "./words";

const kListed = 40;
const kMargin = 6; // degrees around the cells

const boxFilter = ({ latitude, longitude }: Cell) => {
  const around = [latitude - 0.5, longitude - 0.5, latitude + 0.5, longitude + 0.5];
  return { ...filterOf("box", ""), value: around.map((value) => Math.round(value * 100) / 100).join(",") };
};

const choose = (cell: Cell) => store.change({ q: toggleFilter(store.now.q, boxFilter(cell), true), refine: false });

const isChosen = (cell: Cell) => hasFilter(store.now.q, boxFilter(cell));

/** The window of the map, in degrees: all cells with a margin, in the shape 2 : 1. */
function view(cells: Cell[]): { x: number; y: number; width: number; height: number } {
  const xs = cells.map((cell) => cell.longitude);
  const ys = cells.map((cell) => -cell.latitude);
  const [x0, x1] = [Math.min(...xs) - kMargin, Math.max(...xs) + kMargin];
  const [y0, y1] = [Math.min(...ys) - kMargin, Math.max(...ys) + kMargin];
  const width = Math.min(360, Math.max(x1 - x0, 2 * (y1 - y0), 40));
  const height = width / 2;
  const x = Math.min(Math.max((x0 + x1 - width) / 2, -180), 180 - width);
  const y = Math.min(Math.max((y0 + y1 - height) / 2, -90), 90 - height);
  return { x, y, width, height };
}

function graticule(step: number): string {
  let path = "";
  for (let x = -180; x <= 180; x += step) path += `M${x} -90V90`;
  for (let y = -90; y <= 90; y += step) path += `M-180 ${y}H180`;
  return path;
}

/** Equirectangular: x is the longitude, y the latitude downward. */
function map(cells: Cell[]): SVGElement {
  const { x, y, width, height } = view(cells);
  const most = Math.max(...cells.map((cell) => cell.count));
  const dots = cells.map((cell) => {
    const label = `${degreesText(cell.latitude, cell.longitude)}: ${counted(cell.count, "image")}`;
    const radius = (width / 100) * (0.7 + 1.5 * Math.sqrt(cell.count / most));
    const place = { cx: cell.longitude, cy: -cell.latitude, r: radius, class: isChosen(cell) ? "dot chosen" : "dot" };
    return s("circle", { ...place, onclick: () => choose(cell) }, s("title", {}, label));
  });
  const step = width > 180 ? 30 : width > 60 ? 10 : 5;
  return s(
    "svg",
    { viewBox: `${x} ${y} ${width} ${height}`, class: "map", "aria-hidden": "true" },
    s("path", { d: kCoast, class: "land" }),
    s("path", { d: graticule(step), class: "graticule" }),
    ...dots,
  );
}

function entry(cell: Cell): HTMLElement {
  const image = h("img", { src: thumbnailUrl(cell.id, 160), alt: "", loading: "lazy" });
  const place = degreesText(cell.latitude, cell.longitude);
  const names = { "aria-pressed": `${isChosen(cell)}`, "data-key": place, onclick: () => choose(cell) };
  const text = h("span", null, h("span.value", null, place), h("span.count", null, counted(cell.count, "image")));
  return h("li", null, h("button.place", names, image, text));
}

export function drawPlaces(panel: HTMLElement, places: Places): void {
  if (places.cells.length === 0) {
    fill(panel, h("p.quiet", null, "None of these images has a place."));
    return;
  }
  const cells = [...places.cells].sort((a, b) => b.count - a.count);
  const listed = cells.slice(0, kListed);
  const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
  const without = places.without > 0 && `${counted(places.without, "image")} without a place. `;
  const rest = cells.length > kListed && `The list has the ${kListed} places with most images.`;
  fill(
    panel,
    h("div.map-box", null, map(cells)),
    h("ul.place-list", { "aria-label": "Places", tabindex: 0 }, ...listed.map(entry)),
    (without || rest) && h("p.quiet", null, without, rest),
  );
  if (focused) panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const kPlaceKeys = new Set(["box", "near"]);

export async function showPlaces(panel: HTMLElement, q: string, signal: AbortSignal): Promise<void> {
  const others = parseQuery(filtersOf(q)).filter((part) => part.kind !== "filter" || !kPlaceKeys.has(part.key));
  drawPlaces(panel, await api.places(formatQuery(others), signal));
}
