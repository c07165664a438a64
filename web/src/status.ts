// The sentences above the results: how many, and with what confidence.
import type { SearchAnswer } from "./api";
import { h } from "./dom";
import { icon, type Icon } from "./icons";
import { formatQuery, isTerm, parseQuery } from "./query";
import { hasTerms } from "./request";
import { store, type State } from "./state";
import { count, counted } from "./words";

/** True if the hits are shown only on request. */
export const isHidden = (answer: SearchAnswer, state: State): boolean =>
  answer.significance?.verdict === "no match" && !state.all && !state.refine;

export function notice(
  name: Icon,
  kind: "info" | "warning" | "error",
  ...children: (Node | string | false)[]
): HTMLElement {
  return h("div", { class: `notice ${kind}` }, icon(name), h("div", null, ...children));
}

function subject(state: State): string {
  const words = parseQuery(state.q)
    .filter(isTerm)
    .map((part) => (part.kind === "text" ? part.text : "that image"));
  return state.images ? "this query" : words.length === 1 ? `“${words[0]}”` : "this query";
}

/** The main sentence, which is also read to screen readers. */
export function summary(answer: SearchAnswer, state: State): string {
  const all = counted(answer.matching, "image");
  const searched =
    answer.matching < answer.images ? `${count(answer.matching)} of ${counted(answer.images, "image")}` : all;
  if (answer.images === 0) return "The index has no images yet";
  if (answer.matching === 0) return "No image meets the filters";
  if (!state.q && !state.images) return `${all}, newest first`;
  if (!hasTerms(state)) return answer.matching < answer.images ? searched : all;
  switch (answer.significance?.verdict) {
    case "match":
      return `${counted(answer.significance.matches, "match", "matches")} among ${searched}`;
    case "weak":
      return `Only weak matches among ${searched}`;
    case "no match":
      return `No match among ${searched}`;
    default:
      return `${searched}, the most similar first`;
  }
}

/** Advice on an answer that may disappoint. */
export function advice(answer: SearchAnswer, state: State): HTMLElement | false {
  const verdict = answer.significance?.verdict;
  if (answer.images === 0) {
    const open = h("button.link", { onclick: () => store.change({ view: "index" }) }, "Index");
    return notice("info", "info", "Images appear here as soon as they are indexed. See ", open, ".");
  }
  if (answer.matching === 0) {
    const rest = formatQuery(parseQuery(state.q).filter(isTerm));
    const drop = h("button.plain", { onclick: () => store.change({ q: rest }) }, "Search without filters");
    return notice("filter", "warning", h("p", null, "No image meets all filters of this query."), drop);
  }
  if (verdict === "no match") {
    const shown = state.all || state.refine;
    const text = `No image stands out for ${subject(state)}: chance explains how similar the most similar ones are.`;
    const show = h("button.plain", { onclick: () => store.change({ all: true }) }, "Show the most similar images");
    return notice("info", "warning", h("p", null, text), !shown && show);
  }
  if (verdict === "weak") {
    return notice(
      "info",
      "warning",
      `Weak: some of the first images may be about ${subject(state)}, but none surely is.`,
    );
  }
  return false;
}

export function details(answer: SearchAnswer, state: State): HTMLElement {
  const encoded = hasTerms(state);
  const parts = [
    encoded && answer.model?.name,
    encoded && typeof answer.correction === "number" && `learned correction ${answer.correction}`,
    answer.images > 0 && `${answer.timing_ms.total.toFixed(1)} ms`,
  ];
  return h("span.quiet.details", null, parts.filter(Boolean).join(" · "));
}
