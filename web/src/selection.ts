// The images that the user has selected, and the bar that searches with them.
import { thumbnailUrl } from "./api";
import { fill, h } from "./dom";
import { icon } from "./icons";
import { quote } from "./query";
import { searchFor } from "./state";
import { count } from "./words";

const kShown = 5;

export class Selection {
  readonly ids = new Set<string>();
  readonly bar = h("div.selection-bar", { role: "region", "aria-label": "Selected images", hidden: true });
  onchange: () => void = () => {};

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.draw();
  }

  clear(): void {
    if (!this.ids.size) return;
    this.ids.clear();
    this.draw();
  }

  private draw(): void {
    const { bar, ids } = this;
    bar.hidden = ids.size === 0;
    document.body.classList.toggle("selecting", ids.size > 0);
    const images = [...ids].slice(-kShown).map((id) => h("img", { src: thumbnailUrl(id, 160), alt: "" }));
    fill(
      bar,
      h("span.images", null, ...images),
      h("span", { role: "status" }, `${count(ids.size)} selected`),
      h("button.primary", { onclick: () => this.search() }, icon("similar"), "Search with these"),
      h("button.plain", { onclick: () => this.clear() }, "Clear"),
    );
    this.onchange();
  }

  private search(): void {
    const terms = [...this.ids].map((id) => `like:${/^[\w.-]+$/.test(id) ? id : quote(id)}`);
    this.clear();
    searchFor(terms.join(" "));
  }
}

export const moreLike = (id: string): void => searchFor(`like:${/^[\w.-]+$/.test(id) ? id : quote(id)}`);
