// Small plots as SVG: values over time, and values side by side, with their intervals.
import type { Evaluation, Measured } from "./api";
import { capitalized, h, s } from "./dom";

const kWidth = 640;
const kHeight = 220;
const kLeft = 64;
const kBottom = 28;

const y = (value: number): number => 10 + (kHeight - kBottom - 10) * (1 - Math.min(1, Math.max(0, value)));

const fixed = (value: number): string => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;

export function intervalText(interval: [number, number] | undefined): string {
  return interval ? `${fixed(interval[0])} to ${fixed(interval[1])}` : "";
}

function scale(): SVGElement[] {
  return [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    s("path", { d: `M${kLeft} ${y(value)}H${kWidth - 6}`, class: "grid-line" }),
    s("text", { x: kLeft - 6, y: y(value) + 4, class: "label end" }, value.toFixed(2)),
  ]);
}

/** A line with a band for the intervals. Its data are also a table for screen readers. */
export function historyPlot(history: Evaluation["history"], metric: string): HTMLElement {
  const days = history.map((point) => Date.parse(point.day));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const x = (at: number) => kLeft + 14 + ((kWidth - kLeft - 40) * (days[at]! - first)) / Math.max(1, last - first);
  const line = history.map((point, at) => `${at ? "L" : "M"}${x(at)} ${y(point.value)}`).join("");
  const upper = history
    .map((point, at) => `${at ? "L" : "M"}${x(at)} ${y(point.interval?.[1] ?? point.value)}`)
    .join("");
  const lower = history
    .map((point, at) => `L${x(at)} ${y(point.interval?.[0] ?? point.value)}`)
    .reverse()
    .join("");
  const dots = history.map((point, at) =>
    s(
      "circle",
      { cx: x(at), cy: y(point.value), r: 3.5, class: "point" },
      s("title", {}, `${point.day}: ${point.value.toFixed(3)}`),
    ),
  );
  const ends = history.length > 1 ? [0, history.length - 1] : [0];
  const labels = ends.map((at, end) =>
    s("text", { x: x(at), y: kHeight - 8, class: `label ${end ? "end" : "start"}` }, history[at]!.day),
  );
  const picture = s(
    "svg",
    {
      viewBox: `0 0 ${kWidth} ${kHeight}`,
      class: "plot",
      role: "img",
      "aria-label": `${metric} over time, with intervals`,
    },
    ...scale(),
    s("path", { d: `${upper}${lower}Z`, class: "band" }),
    s("path", { d: line, class: "line" }),
    ...dots,
    ...labels,
  );
  return h(
    "figure",
    null,
    picture,
    h(
      "figcaption",
      null,
      `${capitalized(metric)} over time: the share of relevant images among those judged at ranks 1 to 10, as they were shown. The band is the 95 % interval.`,
    ),
  );
}

/** A value with its interval as a bar of fixed size, for a cell of a table. */
export function intervalBar({ value, interval }: Measured): SVGElement {
  const at = (share: number) => 100 * Math.min(1, Math.max(0, share));
  const [low, high] = interval ?? [value, value];
  return s(
    "svg",
    { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "interval", "aria-hidden": "true" },
    s("rect", { y: 4, width: 100, height: 2, class: "track" }),
    s("rect", { x: at(low), y: 2.5, width: Math.max(0.5, at(high) - at(low)), height: 5, class: "range" }),
    s("rect", { x: at(value) - 0.6, y: 0, width: 1.2, height: 10, class: "value" }),
  );
}
