// The sheet of keys and of the query language, and the switch for keys of one letter.
import { h } from "./dom";
import { icon } from "./icons";
import { setting } from "./state";

const keys = setting("keys", "on");

/** True if keys of one letter act outside of the grid; people who dictate text turn them off. */
export const keysAreOn = (): boolean => keys.get() === "on";

const kKeys: [string, [string, string][]][] = [
  [
    "Everywhere",
    [
      ["/", "to the query"],
      ["?", "this help"],
      ["f, t, p", "filters, timeline, places"],
      ["1 … 5", "search, compare, judge, evaluation, index"],
      ["Escape", "close, or clear the selection"],
    ],
  ],
  [
    "Results",
    [
      ["arrows", "move"],
      ["Home, End", "first and last of the row; with Ctrl, of all"],
      ["Enter", "open"],
      ["x", "select"],
      ["m", "more like this"],
      ["d", "show or fold near-duplicates"],
      ["y, n, u", "relevant, not relevant, withdraw"],
    ],
  ],
  [
    "One image",
    [
      ["←, →", "previous, next"],
      ["+, −, 0", "zoom in, zoom out, fit"],
      ["arrows", "move the zoomed image"],
      ["w", "why this image?"],
      ["y, n, m", "as above"],
    ],
  ],
  [
    "Judging",
    [
      ["y, n", "relevant, not relevant; then the next image"],
      ["u", "withdraw"],
      ["←, →", "previous, next"],
      ["space", "next image without a judgement"],
    ],
  ],
];

const kQueries: [string, string][] = [
  ["two dogs in the snow", "images that are like the text"],
  ["beach -people", "like “beach”, unlike “people”"],
  ['"red car" + snow', "like both"],
  ["sunset*2 beach", "“sunset” counts twice"],
  ["dog in:2019/ camera:canon", "with conditions"],
  ["tag:holiday rating:>=4", "conditions only, by date"],
  ["before:2021-06 after:2020", "dates"],
  ["near:52.5,13.4,10km", "places"],
];

function list(rows: [string, string][], tag: "kbd" | "code"): HTMLElement {
  return h("dl", null, ...rows.flatMap(([name, text]) => [h("dt", null, h(tag, null, name)), h("dd", null, text)]));
}

export class Help {
  readonly dialog = h("dialog.help", { "aria-labelledby": "help-title" });

  constructor() {
    const close = { "aria-label": "Close", title: "Close", onclick: () => this.dialog.close() };
    const box = h("input", { type: "checkbox" });
    box.checked = keysAreOn();
    box.addEventListener("change", () => keys.set(box.checked ? "on" : "off"));
    const groups = kKeys.map(([title, rows]) => h("section", null, h("h3", null, title), list(rows, "kbd")));
    this.dialog.append(
      h("div.dialog-head", null, h("h2", { id: "help-title" }, "Help"), h("button.icon-button", close, icon("close"))),
      h(
        "div.help-content",
        { tabindex: 0, role: "region", "aria-labelledby": "help-title" },
        h("section.wide", null, h("h3", null, "Queries"), list(kQueries, "code")),
        ...groups,
        h("label.check", null, box, "Keys of one letter"),
        h(
          "section.wide",
          null,
          h("h3", null, "Confidence"),
          h(
            "p",
            null,
            "q is the smallest false discovery rate at which a hit is a match: of hits with q ≤ 0.05, at most one in twenty is expected to be wrong. ",
            "“sure” is q ≤ 0.01, “likely” ≤ 0.05, “possible” ≤ 0.5, and above “unsure”: chance explains the similarity.",
          ),
        ),
      ),
    );
  }

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }
}
