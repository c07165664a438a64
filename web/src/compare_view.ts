// Two models side by side on one query.
import { api, isAbort, thumbnailUrl, type Hit, type Model, type SearchAnswer } from "./api";
import { errorText, fill, h, style } from "./dom";
import { aspect, justify } from "./layout";
import { store, type State } from "./state";
import { notice, summary } from "./status";
import { counted, similarityText } from "./words";

const kHits = 40;

class Column {
  readonly element: HTMLElement;
  readonly choice: HTMLSelectElement;
  answer: SearchAnswer | undefined;
  private head = h("p.quiet");
  private content = h("div.column-content");
  private controller: AbortController | undefined;
  key = "";

  constructor(name: string, change: (model: string) => void) {
    this.choice = h("select", { "aria-label": `${name} model` });
    this.choice.addEventListener("change", () => change(this.choice.value));
    this.element = h("section.column", { "aria-label": `${name} model` }, this.choice, this.head, this.content);
  }

  setModels(models: Model[], chosen: string): void {
    fill(
      this.choice,
      ...models.map(({ name, active }) => h("option", { value: name }, active ? `${name} (active)` : name)),
    );
    this.choice.value = chosen;
  }

  async search(q: string, model: string): Promise<void> {
    const key = `${model}\n${q}`;
    if (key === this.key) return;
    this.key = key;
    this.answer = undefined;
    this.controller?.abort();
    this.controller = new AbortController();
    fill(this.head);
    fill(this.content, h("p.quiet", null, "Searching …"));
    try {
      this.answer = await api.search({ q, model, k: kHits, judge: 1 }, this.controller.signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      fill(this.content, notice("alert", "error", errorText(error)));
    }
  }

  /** Draws the hits; each shows its rank in the other column. */
  draw(state: State, others: Map<string, number>): void {
    const { answer } = this;
    if (!answer) return;
    this.head.textContent = summary(answer, state);
    const width = Math.floor(this.content.clientWidth) || 400;
    const target = width < 500 ? 110 : 150;
    const rows = justify(answer.hits.map(aspect), { width, target, gap: 6, last: true });
    const elements = rows.map((row) => {
      const tiles = row.boxes.map((box, at) => this.tile(answer.hits[row.start + at]!, box.width, row.height, others));
      return h("li", null, h("ul.compare-row", null, ...tiles));
    });
    fill(this.content, h("ul.compare-rows", { "aria-label": "Hits" }, ...elements));
  }

  private tile(hit: Hit, width: number, height: number, others: Map<string, number>): HTMLElement {
    const other = others.get(hit.id);
    const place = other === undefined ? "only here" : `other #${other}`;
    const name = hit.captions[0] ?? hit.name;
    const label = `Hit ${hit.rank}, ${name}, similarity ${similarityText(hit.similarity)}, ${place}`;
    const image = h("img", { src: thumbnailUrl(hit.id, Math.max(width, height)), alt: "", loading: "lazy" });
    const button = h(
      "button",
      { "aria-label": label, title: name, onclick: () => store.change({ item: hit.id }) },
      image,
    );
    style(button, { width: `${width}px`, height: `${height}px` });
    const caption = h("span.compare-caption", null, h("b", null, `#${hit.rank}`), h("span", null, place));
    const tile = h("li", { class: other === undefined ? "alone" : "" }, button, caption);
    style(tile, { width: `${width}px` });
    return tile;
  }

  ranks(): Map<string, number> {
    return new Map((this.answer?.hits ?? []).map((hit) => [hit.id, hit.rank]));
  }
}

export class CompareView {
  private left = new Column("First", (model) => store.change({ model }, { replace: true }));
  private right = new Column("Second", (right) => store.change({ right }, { replace: true }));
  private facts = h("p.quiet", { role: "status" });
  private content = h("div.compare", null, this.left.element, this.right.element);
  private message = h("div");
  readonly element = h(
    "div.page",
    null,
    h("h1", null, "Two models on one query"),
    this.facts,
    this.message,
    this.content,
  );
  private models: Model[] | undefined;
  private observer = new ResizeObserver(() => this.draw());

  constructor() {
    this.observer.observe(this.content);
  }

  async update(now: State): Promise<void> {
    try {
      this.models ??= await api.models();
      const [left, right] = this.chosen(now);
      this.content.hidden = !now.q;
      if (!now.q) {
        this.facts.textContent = "Type a query above to compare what two models find.";
        return;
      }
      this.left.setModels(this.models, left);
      this.right.setModels(this.models, right);
      await Promise.all([this.left.search(now.q, left), this.right.search(now.q, right)]);
      this.draw();
    } catch (error) {
      if (!isAbort(error)) fill(this.message, notice("alert", "error", errorText(error)));
    }
  }

  private chosen(now: State): [string, string] {
    const models = this.models!;
    const active = models.find((model) => model.active)?.name ?? models[0]?.name ?? "";
    const left = now.model || active;
    return [left, now.right || models.find((model) => model.name !== left)?.name || left];
  }

  private draw(): void {
    const [left, right] = [this.left.ranks(), this.right.ranks()];
    if (!this.left.answer || !this.right.answer) return;
    this.left.draw(store.now, right);
    this.right.draw(store.now, left);
    const shared = [...left.keys()].filter((id) => right.has(id)).length;
    const most = Math.min(left.size, right.size);
    this.facts.textContent = `${shared} of the first ${counted(most, "hit")} are found by both models.`;
  }
}
