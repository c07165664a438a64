// The judging view: pooled hits of queries, marked by keyboard, become qrels.
import { api, isAbort, qrelsUrl, thumbnailUrl, type JudgingQuery, type Judgement, type PoolItem } from "./api";
import { announce, attempt, errorText, fill, h, isTyping, toast } from "./dom";
import { icon } from "./icons";
import { store, type State } from "./state";
import { notice } from "./status";
import { counted } from "./words";

export class JudgeView {
  private queries = h("ul.judge-queries", { "aria-label": "Queries" });
  private stage = h("section.judge-stage", { "aria-label": "Judging" });
  private edit = h("div.judge-edit");
  readonly element: HTMLElement;
  private known: JudgingQuery[] = [];
  private items: PoolItem[] = [];
  private at = 0;
  private query = "";
  private controller: AbortController | undefined;
  private loaded = false;

  constructor() {
    const importer = h("input", { type: "file", accept: ".txt,.qrels,text/plain", hidden: true });
    importer.addEventListener("change", () => void this.importFile(importer));
    this.element = h(
      "div.page.judge",
      null,
      h("h1", null, "Judging"),
      this.stage,
      h(
        "div.judge-side",
        null,
        this.queries,
        h(
          "div.buttons",
          null,
          h("button.plain", { onclick: () => this.editQueries() }, "Edit queries"),
          h("a.plain.button", { href: qrelsUrl, download: "qrels.txt" }, icon("download"), "Export qrels"),
          h("button.plain", { onclick: () => importer.click() }, "Import qrels"),
          importer,
        ),
        this.edit,
      ),
    );
    document.addEventListener("keydown", (event) => this.key(event));
  }

  async update(now: State): Promise<void> {
    try {
      if (!this.loaded) await this.loadQueries();
      const query = now.q || this.known[0]?.query || "";
      if (query === "") this.showEmpty();
      else if (query !== this.query) await this.open(query);
    } catch (error) {
      if (!isAbort(error)) fill(this.stage, notice("alert", "error", errorText(error)));
    }
  }

  private async loadQueries(): Promise<void> {
    this.known = await api.judgingQueries();
    this.loaded = true;
    this.drawQueries();
  }

  private drawQueries(): void {
    const entries = this.known.map(({ query, judged }) => {
      // Only the open query has its images, so that their number is known.
      const all = query === this.query ? this.items.length : 0;
      const progress = h("progress", { max: all, value: judged, "aria-label": `${judged} of ${all} judged` });
      const names = {
        "aria-current": query === this.query ? "true" : undefined,
        onclick: () => store.change({ q: query }),
      };
      return h(
        "li",
        null,
        h(
          "button.judge-query",
          names,
          h("span", null, query),
          h("span.count", null, all ? `${judged} / ${all}` : `${judged} judged`),
          all > 0 && progress,
        ),
      );
    });
    fill(this.queries, ...entries);
    this.queries.hidden = entries.length === 0;
  }

  private showEmpty(): void {
    const edit = h("button.primary", { onclick: () => this.editQueries() }, "Enter queries");
    const text =
      "Enter queries whose hits you want to judge. The first hits of all loaded models are shown in an order that hides their ranks.";
    fill(this.stage, notice("info", "info", h("p", null, text), edit));
  }

  private editQueries(): void {
    const text = h("textarea", { rows: 8, id: "judging-queries" });
    text.value = this.known.map(({ query }) => query).join("\n");
    const save = async () => {
      const queries = [
        ...new Set(
          text.value
            .split("\n")
            .map((line) => line.trim())
            .filter(Boolean),
        ),
      ];
      await attempt(async () => {
        await api.setJudgingQueries(queries);
        await this.loadQueries();
        fill(this.edit);
        this.query = "";
        await this.update({ ...store.now, q: queries.includes(store.now.q) ? store.now.q : "" });
      });
    };
    fill(
      this.edit,
      h("label.field", null, "One query per line", text),
      h(
        "div.buttons",
        null,
        h("button.primary", { onclick: () => void save() }, "Save"),
        h("button.plain", { onclick: () => fill(this.edit) }, "Cancel"),
      ),
    );
    text.focus();
  }

  private async importFile(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    await attempt(async () => {
      const { added, unknown } = await api.importQrels(await file.text());
      toast(`${counted(added, "judgement")} added${unknown ? `; ${counted(unknown, "image")} not in the index` : ""}.`);
      this.query = "";
      await this.loadQueries();
      await this.update(store.now);
    });
  }

  private async open(query: string): Promise<void> {
    this.query = query;
    this.items = [];
    this.drawQueries();
    this.controller?.abort();
    this.controller = new AbortController();
    fill(this.stage, h("p.quiet", null, "Loading …"));
    this.items = await api.pool(query, this.controller.signal);
    this.at = Math.max(
      0,
      this.items.findIndex((item) => !item.judgement),
    );
    this.drawQueries();
    this.draw();
  }

  private get judged(): number {
    return this.items.filter((item) => item.judgement).length;
  }

  private draw(): void {
    const item = this.items[this.at];
    if (!item) {
      fill(this.stage, notice("info", "info", "No image to judge for this query."));
      return;
    }
    const done = this.judged === this.items.length;
    const image = h("img", { src: thumbnailUrl(item.id, 1280), alt: item.captions[0] ?? item.name });
    const choice = (value: Judgement, key: string, label: string, name: "up" | "down") =>
      h(
        "button.choice",
        {
          class: `choice ${value}`,
          "aria-pressed": `${item.judgement === value}`,
          onclick: () => void this.judge(value),
        },
        icon(name),
        label,
        h("kbd", null, key),
      );
    const focused = document.activeElement?.className;
    fill(
      this.stage,
      h("h2", null, this.query),
      h(
        "p",
        { role: "status" },
        done ? "All judged. " : "",
        `${this.judged} of ${counted(this.items.length, "image")} judged`,
      ),
      h("progress.wide", { max: this.items.length, value: this.judged, "aria-label": "Judged images" }),
      h("div.judge-image", { class: `judge-image ${item.judgement ?? ""}` }, image),
      h("p.judge-caption", null, item.captions[0] ?? item.name),
      h(
        "div.choices",
        null,
        choice("relevant", "y", "Relevant", "up"),
        choice("irrelevant", "n", "Not relevant", "down"),
        h(
          "button.plain",
          { onclick: () => void this.judge("none"), disabled: !item.judgement },
          "Withdraw",
          h("kbd", null, "u"),
        ),
        h("button.plain", { onclick: () => this.move(-1), disabled: this.at === 0 }, icon("left"), "Previous"),
        h(
          "button.plain",
          { onclick: () => this.move(1), disabled: this.at + 1 === this.items.length },
          "Next",
          icon("right"),
        ),
      ),
      this.strip(),
    );
    if (focused) this.stage.querySelector<HTMLElement>(`[class="${CSS.escape(focused)}"]`)?.focus();
    for (const next of this.items.slice(this.at + 1, this.at + 3)) new Image().src = thumbnailUrl(next.id, 1280);
  }

  private strip(): HTMLElement {
    const entries = this.items.map((item, at) => {
      const label = `Image ${at + 1}, ${item.judgement ?? "not judged"}`;
      const names = {
        "aria-label": label,
        title: label,
        class: item.judgement ?? "",
        "aria-current": at === this.at ? "true" : undefined,
      };
      const go = () => {
        this.at = at;
        this.draw();
      };
      const image = h("img", { src: thumbnailUrl(item.id, 160), alt: "", loading: "lazy" });
      return h("li", null, h("button", { ...names, onclick: go }, image));
    });
    return h("ul.film", { "aria-label": "Images to judge" }, ...entries);
  }

  private move(by: number): void {
    this.at = Math.min(this.items.length - 1, Math.max(0, this.at + by));
    this.draw();
  }

  private nextOpen(): void {
    const after = this.items.findIndex((item, at) => at > this.at && !item.judgement);
    const any = after >= 0 ? after : this.items.findIndex((item) => !item.judgement);
    if (any >= 0) this.at = any;
    this.draw();
  }

  /** Marks the image and goes on to the next; a judgement that cannot be stored is taken back. */
  private async judge(judgement: Judgement | "none"): Promise<void> {
    const { query } = this;
    const item = this.items[this.at];
    if (!item) return;
    const before = item.judgement;
    item.judgement = judgement === "none" ? undefined : judgement;
    if (judgement !== "none") this.move(1);
    else this.draw();
    announce(`${judgement === "none" ? "withdrawn" : judgement}, ${this.judged} of ${this.items.length}`);
    const stored = await attempt(async () => {
      await api.judge(query, item.id, judgement);
      return true;
    });
    if (!stored) item.judgement = before;
    const entry = this.known.find((other) => other.query === query);
    if (entry && query === this.query) entry.judged = this.judged;
    this.drawQueries();
    if (!stored) this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (store.now.view !== "judge" || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isButton = event.target instanceof HTMLButtonElement;
    const actions: Record<string, () => void> = {
      y: () => void this.judge("relevant"),
      n: () => void this.judge("irrelevant"),
      u: () => void this.judge("none"),
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      " ": () => this.nextOpen(),
    };
    const action = event.key === " " && isButton ? undefined : actions[event.key];
    if (!action || !this.items.length) return;
    event.preventDefault();
    action();
  }
}
