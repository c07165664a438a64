// The view that searches: chips, panels, sentences and the grid.
import { ApiError, isAbort, session } from "./api";
import { makeChips } from "./chips";
import { announce, capitalized, errorText, fill, h } from "./dom";
import { Grid } from "./grid";
import { Panels } from "./panels";
import { hasTerms, pageLoader, searchKey } from "./request";
import { Results } from "./results";
import { moreLike, Selection } from "./selection";
import { store, type State } from "./state";
import { startPage } from "./start_page";
import { advice, details, isHidden, notice, summary } from "./status";
import { Toolbar } from "./toolbar";

const kAttempts = 3;

export class SearchView {
  readonly element: HTMLElement;
  readonly selection = new Selection();
  grid: Grid | undefined;
  onresults: () => void = () => {};
  private chips = h("div.chip-row");
  private heading = h("h1.count", { id: "count" }, "Searching …");
  private facts = h("span");
  private advice = h("div.advice");
  private start = h("div");
  private holder = h("div.holder");
  private toolbar = new Toolbar();
  private panels = new Panels();
  private key = "";
  private pending: Results | undefined;

  constructor() {
    this.element = h(
      "div.search-view",
      null,
      this.chips,
      this.start,
      h("div.head", null, h("div.summary", null, this.heading, this.facts), this.toolbar.element),
      h(
        "div.columns",
        null,
        this.panels.element,
        h("section.results", { "aria-labelledby": "count" }, this.advice, this.holder),
      ),
      this.selection.bar,
    );
    this.selection.onchange = () => this.grid?.refresh();
  }

  /** Shows a state: searches if its query is another one. */
  update(now: State): void {
    this.drawChips(now);
    this.toolbar.update(now, this.grid?.results);
    this.panels.update(now);
    const key = searchKey(now);
    if (key !== this.key) {
      this.key = key;
      void this.search(now);
    } else if (this.grid) this.present(this.grid.results, now);
  }

  private drawChips(now: State): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
    fill(this.chips, makeChips(now));
    if (focused) this.chips.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  private async search(now: State): Promise<void> {
    this.pending?.close();
    const results = new Results(pageLoader(now), now.q.trim());
    this.pending = results;
    this.busy(true);
    if (!this.grid) this.skeleton();
    try {
      await this.openPatiently(results);
      if (this.pending === results) this.show(results);
    } catch (error) {
      if (!isAbort(error) && this.pending === results) this.fail(error);
    } finally {
      if (this.pending === results) this.busy(false);
    }
  }

  /** Waits and tries again where the server's queue is full. */
  private async openPatiently(results: Results): Promise<void> {
    for (let left = kAttempts - 1; ; --left) {
      try {
        await results.open();
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 503 || left === 0) throw error;
        this.heading.textContent = "The server is busy; trying again …";
        await results.pause(error.retryAfter ?? 1);
      }
    }
  }

  /** Marks the results as old ones after a moment, so that fast answers do not flicker. */
  private busy(on: boolean): void {
    document.body.classList.toggle("busy", on);
    this.holder.setAttribute("aria-busy", `${on}`);
  }

  private skeleton(): void {
    const tiles = Array.from({ length: 24 }, () => h("span"));
    this.heading.textContent = "Searching …";
    fill(this.holder, h("div.skeleton", { "aria-hidden": "true" }, ...tiles));
    fill(this.advice);
  }

  private show(results: Results): void {
    this.grid?.destroy();
    this.grid = undefined;
    window.scrollTo({ top: 0 });
    this.present(results, store.now);
    this.onresults();
  }

  private present(results: Results, now: State): void {
    const answer = results.answer!;
    const hidden = isHidden(answer, now);
    const sorted = answer.query.sort && answer.query.sort !== "similarity";
    this.heading.textContent = summary(answer, now);
    announce(summary(answer, now));
    fill(this.facts, details(answer, now));
    const warnings = answer.warnings.map((text) => notice("alert", "warning", text));
    fill(this.advice, advice(answer, now), ...warnings);
    fill(this.start, !now.q && !now.images && startPage(answer));
    const isSame = this.grid?.results === results;
    if (!isSame) {
      const matches = answer.significance?.verdict === "match" && !sorted ? answer.significance.matches : 0;
      this.grid = this.makeGrid(results, matches < answer.matching ? matches : 0);
    }
    const element = this.grid!.element;
    if (hidden || answer.matching === 0) fill(this.holder);
    else if (element.parentElement !== this.holder) fill(this.holder, element);
    this.grid!.render();
    this.toolbar.update(now, results);
  }

  private makeGrid(results: Results, matches: number): Grid {
    const grid = new Grid(results, {
      matches,
      canJudge: session.writable && hasTerms(store.now) && !store.now.images && store.now.q !== "",
      isSelected: (id) => this.selection.ids.has(id),
      open: (slot) => store.change({ item: slot.image.id }),
      select: (slot) => this.selection.toggle(slot.image.id),
      unfold: (slot) => results.toggleDuplicates(slot.hit.id),
      judge: (slot, judgement) =>
        void results.judge(slot.image.id, judgement, slot.duplicate ? undefined : slot.hit.rank),
      similar: (slot) => moreLike(slot.image.id),
    });
    const refresh = results.onjudged;
    results.onjudged = (id) => {
      refresh(id);
      this.toolbar.update(store.now, results);
    };
    return grid;
  }

  private fail(error: unknown): void {
    this.grid?.destroy();
    this.grid = undefined;
    fill(this.holder);
    fill(this.facts);
    fill(this.start);
    const status = error instanceof ApiError ? error.status : 0;
    const headings: Record<number, string> = { 400: "This query cannot be read", 410: "An image is missing" };
    this.heading.textContent = headings[status] ?? "The search failed";
    const again = h("button.plain", { onclick: () => void this.search(store.now) }, "Try again");
    const box = notice("alert", "error", h("p", null, capitalized(errorText(error))), !headings[status] && again);
    box.setAttribute("role", "alert");
    fill(this.advice, box);
  }
}
