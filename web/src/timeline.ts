// The panel with the number of images per year, and per month of one year; a click filters.
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

interface Bar {
  date: string; // the value of the filter
  name: string;
  label: string;
  count: number;
}

function choose(date: string): void {
  store.change({ q: toggleFilter(store.now.q, filterOf("date", date), true), refine: false });
}

function makeBar({ date, name, label, count }: Bar, most: number): HTMLElement {
  const text = `${label}: ${counted(count, "image")}`;
  const inner = h("span.bar-value", { "aria-hidden": "true" });
  style(inner, { height: `${count === 0 ? 0 : Math.max(4, (100 * count) / most)}%` });
  const attributes = {
    "aria-label": `${name}: ${text}`,
    title: text,
    "aria-pressed": `${hasFilter(store.now.q, filterOf("date", date))}`,
    "data-key": date,
    disabled: count === 0,
    onclick: () => choose(date),
  };
  return h("li", null, h("button.bar-button", attributes, h("span.bar-track", null, inner), name));
}

function chart(title: string, bars: Bar[]): HTMLElement {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const list = h("ul.bars-row", { "aria-label": title }, ...bars.map((bar) => makeBar(bar, most)));
  return h("section.chart", null, h("h3", null, title), h("div.scroll-x", null, list));
}

/** The year whose months are shown: that of the filter, else the last one. */
function shownYear(years: string[]): string {
  const part = parseQuery(store.now.q).find((other) => other.kind === "filter" && other.key === "date");
  const chosen = part?.kind === "filter" ? part.value.slice(0, 4) : "";
  return years.includes(chosen) ? chosen : years[years.length - 1]!;
}

export function drawTimeline(panel: HTMLElement, timeline: Timeline): void {
  if (timeline.months.length === 0) {
    fill(panel, h("p.quiet", null, "None of these images has a date."));
    return;
  }
  const months = new Map(timeline.months.map(({ month, count }) => [month, count]));
  const [first, last] = [timeline.months[0]!.month, timeline.months[timeline.months.length - 1]!.month];
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const monthsOf = (year: string) => range(1, 12).map((month) => `${year}-${String(month).padStart(2, "0")}`);
  const countOf = (names: string[]) => names.reduce((sum, name) => sum + (months.get(name) ?? 0), 0);
  const years = range(Number(first.slice(0, 4)), Number(last.slice(0, 4)))
    .map(String)
    .filter((year, _, all) => all.length <= 60 || countOf(monthsOf(year)) > 0);
  const year = shownYear(years);
  const yearBars = years.map((name) => ({ date: name, name, label: "all months", count: countOf(monthsOf(name)) }));
  const monthBars = monthsOf(year).map((date) => {
    const name = monthText(date).slice(0, 3);
    return { date, name, label: monthText(date), count: months.get(date) ?? 0 };
  });
  const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
  const left = panel.querySelector(".scroll-x")?.scrollLeft;
  fill(
    panel,
    chart("Years", yearBars),
    chart(`Months of ${year}`, monthBars),
    timeline.undated > 0 && h("p.quiet", null, `${counted(timeline.undated, "image")} without a date`),
  );
  const box = panel.querySelector(".scroll-x")!;
  box.scrollLeft = left ?? box.scrollWidth;
  if (focused) panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export async function showTimeline(panel: HTMLElement, q: string, signal: AbortSignal): Promise<void> {
  drawTimeline(panel, await api.timeline(withoutDate(filtersOf(q)), signal));
}
