// The panel with the number of images per month; a click filters by month or year.
import { api, type Timeline } from "./api";
import { fill, h, style } from "./dom";
import { filtersOf } from "./facets";
import { filterOf, formatQuery, hasFilter, parseQuery, toggleFilter } from "./query";
import { store } from "./state";
import { counted, monthText } from "./words";

/** The query without its filters of one date, so that the other dates stay to be chosen. */
function withoutDate(q: string): string {
  return formatQuery(parseQuery(q).filter((part) => part.kind !== "filter" || part.key !== "date"));
}

interface Year {
  year: string;
  total: number;
  months: Map<number, number>;
}

function yearsOf(timeline: Timeline): Year[] {
  const years = new Map<string, Year>();
  for (const { month, count } of timeline.months) {
    const name = month.slice(0, 4);
    const year = years.get(name) ?? { year: name, total: 0, months: new Map<number, number>() };
    year.total += count;
    year.months.set(Number(month.slice(5, 7)), count);
    years.set(name, year);
  }
  return [...years.values()].sort((a, b) => a.year.localeCompare(b.year));
}

function choose(date: string): void {
  store.change({ q: toggleFilter(store.now.q, filterOf("date", date), true), refine: false });
}

function bar(year: string, month: number, number: number, most: number): HTMLElement {
  const date = `${year}-${String(month).padStart(2, "0")}`;
  const label = `${monthText(date)}: ${counted(number, "image")}`;
  const pressed = `${hasFilter(store.now.q, filterOf("date", date))}`;
  const button = h("button.month", {
    "aria-label": label,
    title: label,
    "aria-pressed": pressed,
    "data-key": date,
    disabled: number === 0,
    onclick: () => choose(date),
  });
  const height = number === 0 ? 0 : Math.max(6, (100 * number) / most);
  const inner = h("span", { "aria-hidden": "true" });
  style(inner, { height: `${height}%` });
  button.append(inner);
  return button;
}

function yearGroup({ year, total, months }: Year, most: number): HTMLElement {
  const bars = Array.from({ length: 12 }, (_, at) => bar(year, at + 1, months.get(at + 1) ?? 0, most));
  const label = `${year}: ${counted(total, "image")}`;
  const pressed = `${hasFilter(store.now.q, filterOf("date", year))}`;
  const names = {
    "aria-label": label,
    title: label,
    "aria-pressed": pressed,
    "data-key": year,
    onclick: () => choose(year),
  };
  return h("li.year", null, h("div.months", null, ...bars), h("button.year-name", names, year));
}

export function drawTimeline(panel: HTMLElement, timeline: Timeline): void {
  const years = yearsOf(timeline);
  if (years.length === 0) {
    fill(panel, h("p.quiet", null, "None of these images has a date."));
    return;
  }
  const most = Math.max(...timeline.months.map(({ count }) => count));
  const list = h("ul.years", { "aria-label": "Images per month" }, ...years.map((year) => yearGroup(year, most)));
  const undated = timeline.undated > 0 && h("p.quiet", null, `${counted(timeline.undated, "image")} without a date`);
  const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
  const left = panel.querySelector(".scroll-x")?.scrollLeft;
  const box = h("div.scroll-x", { tabindex: 0, role: "region", "aria-label": "Timeline" }, list);
  fill(panel, box, undated);
  if (focused) panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  box.scrollLeft = left ?? box.scrollWidth;
}

export async function showTimeline(panel: HTMLElement, q: string, signal: AbortSignal): Promise<void> {
  drawTimeline(panel, await api.timeline(withoutDate(filtersOf(q)), signal));
}
