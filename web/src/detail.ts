// The dialog that shows one image: zoom, metadata, captions, scores of terms, explanation and neighbours.
import { api, imageUrl, isAbort, session, thumbnailUrl, type Item, type Judgement } from "./api";
import { announce, errorText, fill, h, isTyping } from "./dom";
import { ExplanationView } from "./explanation";
import { icon, type Icon } from "./icons";
import { itemFacts, termScores } from "./item_facts";
import type { Results, Slot } from "./results";
import { moreLike } from "./selection";
import { store } from "./state";
import { notice } from "./status";
import { similarityText } from "./words";
import { ZoomBox } from "./zoom";

const kNeighbours = 18;

export class Detail {
  readonly dialog = h("dialog.detail", { "aria-labelledby": "detail-title" });
  private zoom = new ZoomBox();
  private title = h("h2", { id: "detail-title" });
  private facts = h("div.facts");
  private explanation = new ExplanationView(this.zoom);
  private neighbours = h("div.neighbours");
  private previous = this.button("left", "Previous image (left arrow)", () => void this.step(-1), "turn previous");
  private next = this.button("right", "Next image (right arrow)", () => void this.step(1), "turn next");
  private up = this.button("up", "Relevant (y)", () => this.judge("relevant"), "icon-button judge relevant");
  private down = this.button(
    "down",
    "Not relevant (n)",
    () => this.judge("irrelevant"),
    "icon-button judge irrelevant",
  );
  private percent = h("span.percent", { "aria-live": "off" }, "100 %");
  private id = "";
  private controller: AbortController | undefined;

  constructor(private results: () => Results | undefined) {
    const tools = h(
      "div.tools",
      null,
      this.up,
      this.down,
      this.button("similar", "More like this (m)", () => moreLike(this.id)),
      this.button("minus", "Zoom out (−)", () => this.zoom.zoom(1 / 1.5)),
      this.percent,
      this.button("plus", "Zoom in (+)", () => this.zoom.zoom(1.5)),
      this.button("fit", "Fit (0)", () => this.zoom.reset()),
      this.button("download", "Open the original", () => window.open(imageUrl(this.id), "_blank", "noopener")),
      this.button("close", "Close (Escape)", () => this.close()),
    );
    this.dialog.append(
      h("div.stage", null, tools, this.zoom.element, this.previous, this.next),
      h(
        "div.side",
        { tabindex: 0, role: "region", "aria-label": "About this image" },
        this.title,
        this.facts,
        this.neighbours,
      ),
    );
    this.zoom.onchange = (scale) => (this.percent.textContent = `${Math.round(scale * 100)} %`);
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
  }

  /** Opens, changes or closes the dialog as the state says. */
  update(id: string): void {
    if (id === this.id) return;
    const before = this.id;
    this.id = id;
    this.controller?.abort();
    this.explanation.close();
    if (id === "") {
      this.dialog.close();
      document.body.classList.remove("dialog-open");
      this.onclose(before);
      return;
    }
    if (!this.dialog.open) {
      this.dialog.showModal();
      document.body.classList.add("dialog-open");
      this.zoom.element.focus();
    }
    void this.load(id);
  }

  onclose: (id: string) => void = () => {};

  private button(name: Icon, label: string, run: () => void, classes = "icon-button"): HTMLButtonElement {
    const title = label.replace(/ \(.*/, "");
    return h("button", { class: classes, "aria-label": title, title: label, onclick: run }, icon(name));
  }

  private close(): void {
    store.back({ item: "" });
  }

  private slot(): Slot | undefined {
    const results = this.results();
    const place = results?.find(this.id);
    return place && results!.block(place.block)!.slots[place.slot];
  }

  private async step(by: -1 | 1): Promise<void> {
    const slot = await this.results()?.neighbour(this.id, by);
    if (slot) store.change({ item: slot.image.id }, { replace: true });
  }

  private get canJudge(): boolean {
    return session.writable && store.now.q !== "" && !store.now.images && this.slot() !== undefined;
  }

  private judge(judgement: Judgement): void {
    if (!this.canJudge) return;
    const slot = this.slot()!;
    void this.results()!.judge(this.id, judgement, slot.duplicate ? undefined : slot.hit.rank);
    this.showJudgement();
    announce(this.results()!.judgements.get(this.id) ?? "judgement withdrawn");
  }

  private showJudgement(): void {
    const judgement = this.results()?.judgements.get(this.id);
    this.up.hidden = this.down.hidden = !this.canJudge;
    this.up.setAttribute("aria-pressed", `${judgement === "relevant"}`);
    this.down.setAttribute("aria-pressed", `${judgement === "irrelevant"}`);
  }

  /** Shows what depends on the results, which may arrive after the image. */
  refresh(): void {
    this.previous.disabled = this.next.disabled = this.slot() === undefined;
    this.showJudgement();
  }

  private async load(id: string): Promise<void> {
    const slot = this.slot();
    const name = slot?.image.name ?? "";
    this.title.textContent = name || "Image";
    this.zoom.show(id, name);
    this.refresh();
    fill(this.facts, h("p.quiet", null, "Loading …"));
    fill(this.neighbours);
    this.controller = new AbortController();
    const { signal } = this.controller;
    await this.loadNeighbours(id, signal, this.loadItem(id, signal));
  }

  /** Returns whether there is such an image. */
  private async loadItem(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      const item = await api.item(id, store.now.q, store.now.model, signal);
      if (signal.aborted) return false;
      this.title.textContent = item.title || item.name;
      this.zoom.show(id, item.captions?.[0] ?? item.name);
      this.showItem(item);
      return true;
    } catch (error) {
      if (!isAbort(error)) fill(this.facts, notice("alert", "error", errorText(error)));
      return false;
    }
  }

  private showItem(item: Item): void {
    const slot = this.slot();
    this.explanation.offer(item.id, store.now.q, store.now.model, (item.terms ?? []).length > 0);
    const captions = (item.captions ?? []).map((text) => h("li", null, text));
    fill(
      this.facts,
      captions.length > 0 && h("ul.captions", { "aria-label": "Captions" }, ...captions),
      termScores(item, slot && !slot.duplicate ? slot.hit : undefined),
      this.explanation.element,
      itemFacts(item),
    );
    announce(`${item.name}. ${item.captions?.[0] ?? ""}`);
  }

  private async loadNeighbours(id: string, signal: AbortSignal, found: Promise<boolean>): Promise<void> {
    try {
      const answer = await api.similar(id, kNeighbours, signal);
      const tiles = answer.hits.map((hit) => {
        const label = `${hit.captions[0] ?? hit.name}, similarity ${similarityText(hit.similarity)}`;
        const open = () => store.change({ item: hit.id }, { replace: true });
        const image = h("img", { src: thumbnailUrl(hit.id, 160), alt: "", loading: "lazy" });
        return h("li", null, h("button", { "aria-label": label, title: label, onclick: open }, image));
      });
      if (!signal.aborted && tiles.length) {
        fill(this.neighbours, h("h3", null, "Similar images"), h("ul", { "aria-label": "Similar images" }, ...tiles));
      }
    } catch (error) {
      if ((await found) && !isAbort(error)) fill(this.neighbours, notice("alert", "error", errorText(error)));
    }
  }

  private key(event: KeyboardEvent): void {
    const slides = event.target instanceof HTMLInputElement && event.target.type === "range";
    if (slides || isTyping(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => void this.step(-1),
      ArrowRight: () => void this.step(1),
      "+": () => this.zoom.zoom(1.5),
      "=": () => this.zoom.zoom(1.5),
      "-": () => this.zoom.zoom(1 / 1.5),
      "0": () => this.zoom.reset(),
      y: () => this.judge("relevant"),
      n: () => this.judge("irrelevant"),
      m: () => moreLike(this.id),
      w: () => this.explanation.toggle(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
