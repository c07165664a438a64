// The page before a query: examples of queries.
import type { SearchAnswer } from "./api";
import { h } from "./dom";
import { searchFor } from "./state";

const kExamples = ["sunset over the sea", "dog -snow", '"red car" + night', "mountains*2 lake"];

export function startPage(answer: SearchAnswer): HTMLElement | false {
  if (answer.images === 0) return false;
  const examples = kExamples.map((q) => h("li", null, h("button.example", { onclick: () => searchFor(q) }, q)));
  return h(
    "div.start",
    null,
    h("p.lead", null, "Describe what is in an image, or drop one here."),
    h("ul.examples", { "aria-label": "Examples of queries" }, ...examples),
  );
}
