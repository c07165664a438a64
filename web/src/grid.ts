// The grid of hits: justified rows in a page that is as tall as all hits, of which only visible rows exist.
import { h, style } from "./dom";
import { GridKeys } from "./grid_keys";
import { aspect, justify, targetHeight } from "./layout";
import { kBlock, type Results, type Slot } from "./results";
import { notice } from "./status";
import { makeTile, updateTile, type TileActions, type TileState } from "./tile";

const kGap = 8;
const kStrip = 28; // below each image
const kDivider = 56;
const kUsualAspect = 1.35;

interface Row {
  top: number; // in its block
  height: number; // of its images
  start: number; // the first slot; -1: the divider
  boxes: { left: number; width: number }[];
}

interface Placed {
  rows: Row[];
  height: number;
}

export interface GridOptions extends TileActions {
  isSelected(id: string): boolean;
  canJudge: boolean;
  matches: number; // hits from this rank on are less certain; 0: no divider
}

export class Grid {
  readonly element = h("div.grid", { role: "grid", "aria-label": "Results", "aria-multiselectable": "true" });
  active = { block: 0, slot: 0 };
  private placed = new Map<number, Placed>();
  private shown = new Map<string, HTMLElement>();
  private width = 0;
  private frame = 0;
  private idle = 0;
  private lastTop = 0;
  private observer = new ResizeObserver(() => this.resize());
  private onscroll = () => this.schedule();

  constructor(
    readonly results: Results,
    readonly options: GridOptions,
  ) {
    new GridKeys(this);
    results.onblock = (block) => this.changed(block);
    results.onjudged = () => this.refresh();
    window.addEventListener("scroll", this.onscroll, { passive: true });
    this.observer.observe(this.element);
  }

  destroy(): void {
    this.results.close();
    this.observer.disconnect();
    window.removeEventListener("scroll", this.onscroll);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.idle);
  }

  /** Updates what tiles show of selection and judgements. */
  refresh(): void {
    for (const tile of this.element.querySelectorAll<HTMLElement>(".tile")) {
      const slot = this.slotOf(tile);
      if (slot) updateTile(tile, slot, this.stateOf(slot));
    }
  }

  slotOf(tile: Element): Slot | undefined {
    const [block, slot] = ((tile as HTMLElement).dataset.at ?? "").split(":").map(Number);
    return this.results.block(block!)?.slots[slot!];
  }

  /** The rows of a block, for the keys. */
  rowsOf(block: number): Row[] {
    return this.place(block)?.rows.filter((row) => row.start >= 0) ?? [];
  }

  /** Moves the focus to an image, and scrolls it into view. */
  async focus(block: number, slot: number): Promise<void> {
    if (!this.results.block(block)) {
      window.scrollTo({ top: this.offsetTop() + this.topOf(block) - 120 });
      await this.results.load(block);
    }
    const slots = this.results.block(block)?.slots;
    if (!slots?.length) {
      const last = this.results.blockCount - 1;
      if (last >= 0 && block > last) await this.focus(last, Infinity);
      return;
    }
    this.active = { block, slot: Math.min(Math.max(slot, 0), slots.length - 1) };
    this.reveal();
    this.render();
    const tile = this.element.querySelector<HTMLElement>(`[data-at="${this.active.block}:${this.active.slot}"]`);
    this.roving();
    tile?.querySelector<HTMLElement>(".open")?.focus({ preventScroll: true });
  }

  focusId(id: string): void {
    const place = this.results.find(id);
    if (place) void this.focus(place.block, place.slot);
  }

  private reveal(): void {
    const row = this.rowsOf(this.active.block).findLast((other) => other.start <= this.active.slot);
    if (!row) return;
    const top = this.offsetTop() + this.topOf(this.active.block) + row.top;
    const bottom = top + row.height + kStrip + kGap;
    const head = document.querySelector(".bar")?.getBoundingClientRect().bottom ?? 0;
    if (top < window.scrollY + head + 8) window.scrollTo({ top: top - head - 16 });
    else if (bottom > window.scrollY + window.innerHeight) window.scrollTo({ top: bottom - window.innerHeight + 16 });
  }

  private stateOf(slot: Slot): TileState {
    return {
      selected: this.options.isSelected(slot.image.id),
      judgement: this.results.judgements.get(slot.image.id),
      unfolded: this.results.isUnfolded(slot.hit.id),
      canJudge: this.options.canJudge,
      total: this.results.total,
    };
  }

  private resize(): void {
    const width = Math.floor(this.element.clientWidth);
    if (width === this.width || width === 0) return;
    const anchor = this.anchor();
    this.width = width;
    this.placed.clear();
    this.clear();
    if (anchor)
      window.scrollTo({
        top: this.offsetTop() + this.topOf(anchor.block) + anchor.share * this.heightOf(anchor.block),
      });
    this.render();
  }

  /** The block at the top of the window, if the grid is scrolled. */
  private anchor(): { block: number; share: number } | undefined {
    const above = window.scrollY - this.offsetTop();
    if (above <= 0 || this.width === 0) return undefined;
    let block = 0;
    while (block < this.results.blockCount - 1 && this.topOf(block + 1) <= above) ++block;
    return { block, share: (above - this.topOf(block)) / this.heightOf(block) };
  }

  private changed(block: number): void {
    const before = this.heightOf(block);
    const isAbove = this.offsetTop() + this.topOf(block) + before <= window.scrollY;
    this.placed.delete(block);
    for (const [key, row] of this.shown) {
      if (key.startsWith(`${block}:`)) this.remove(key, row);
    }
    const change = this.heightOf(block) - before;
    this.render();
    if (isAbove && change !== 0) window.scrollBy({ top: change });
    this.restoreFocus();
  }

  private lostFocus = false;

  private remove(key: string, row: HTMLElement): void {
    if (row.contains(document.activeElement)) this.lostFocus = true;
    row.remove();
    this.shown.delete(key);
  }

  private restoreFocus(): void {
    if (this.lostFocus) void this.focus(this.active.block, this.active.slot);
    this.lostFocus = false;
  }

  private clear(): void {
    for (const [key, row] of this.shown) this.remove(key, row);
    this.restoreFocus();
  }

  private place(block: number): Placed | undefined {
    const known = this.placed.get(block);
    if (known) return known;
    const loaded = this.results.block(block);
    if (!loaded || this.width === 0) return undefined;
    const placed = this.measure(block, loaded.slots);
    this.placed.set(block, placed);
    return placed;
  }

  private measure(block: number, slots: Slot[]): Placed {
    const { matches } = this.options;
    const split = matches > 0 ? slots.findIndex((slot) => slot.hit.rank > matches) : -1;
    const crosses = split >= 0 && (split > 0 || matches === block * kBlock);
    const rows: Row[] = [];
    let top = 0;
    const add = (start: number, end: number, last: boolean) => {
      const aspects = slots.slice(start, end).map((slot) => aspect(slot.image));
      for (const row of justify(aspects, { width: this.width, target: targetHeight(this.width), gap: kGap, last })) {
        rows.push({ top, height: row.height, start: start + row.start, boxes: row.boxes });
        top += row.height + kStrip + kGap;
      }
    };
    const isLast = block === this.results.blockCount - 1;
    add(0, crosses ? split : slots.length, isLast || crosses);
    if (crosses) {
      rows.push({ top, height: kDivider, start: -1, boxes: [] });
      top += kDivider;
      add(split, slots.length, isLast);
    }
    return { rows, height: top };
  }

  private estimate(): number {
    const target = targetHeight(this.width);
    const perRow = Math.max(1, this.width / (kUsualAspect * target + kGap));
    return Math.ceil(kBlock / perRow) * (target + kStrip + kGap);
  }

  private heightOf(block: number): number {
    return this.place(block)?.height ?? this.estimate();
  }

  private topOf(block: number): number {
    const estimate = this.estimate();
    let top = block * estimate;
    for (const [other, placed] of this.placed) if (other < block) top += placed.height - estimate;
    return top;
  }

  private offsetTop(): number {
    return this.element.getBoundingClientRect().top + window.scrollY;
  }

  private schedule(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.render());
  }

  render(): void {
    if (this.width === 0 || !this.element.isConnected) return;
    const top = window.scrollY - this.offsetTop();
    const fast = Math.abs(top - this.lastTop) > window.innerHeight * 1.5;
    this.lastTop = top;
    const overscan = window.innerHeight * 0.75;
    const from = top - overscan;
    const to = top + window.innerHeight + overscan;
    const keep = new Set<string>();
    const wanted: number[] = [];
    const first = Math.max(0, Math.floor(this.blockAt(from)));
    for (let block = first, at = this.topOf(first); block < this.results.blockCount && at < to; ++block) {
      if (this.place(block)) this.showRows(block, at, from, to, keep);
      else {
        this.showGap(block, at, keep);
        wanted.push(block);
      }
      at += this.heightOf(block);
    }
    for (const [key, row] of this.shown) {
      if (!keep.has(key) && !row.contains(document.activeElement)) this.remove(key, row);
    }
    style(this.element, { height: `${this.topOf(this.results.blockCount)}px` });
    this.element.setAttribute("aria-rowcount", "-1");
    this.roving();
    clearTimeout(this.idle);
    if (!fast) this.loadImages();
    this.idle = window.setTimeout(
      () => {
        this.results.want(wanted);
        this.loadImages();
      },
      fast || wanted.length ? 80 : 0,
    );
  }

  private blockAt(top: number): number {
    let block = Math.max(0, Math.min(this.results.blockCount - 1, Math.floor(top / Math.max(1, this.estimate()))));
    while (block > 0 && this.topOf(block) > top) --block;
    while (block < this.results.blockCount - 1 && this.topOf(block + 1) <= top) ++block;
    return block;
  }

  private showRows(block: number, at: number, from: number, to: number, keep: Set<string>): void {
    this.place(block)!.rows.forEach((row, index) => {
      const top = at + row.top;
      if (top + row.height + kStrip < from || top > to) return;
      const key = `${block}:${index}`;
      keep.add(key);
      let element = this.shown.get(key);
      if (!element) {
        element = row.start < 0 ? this.divider() : this.makeRow(block, row);
        this.insert(key, element);
      }
      style(element, { transform: `translateY(${top}px)` });
    });
  }

  /** Keeps rows in reading order, so that screen readers read them so. */
  private insert(key: string, element: HTMLElement): void {
    const order = (text: string) => text.split(":").map(Number) as [number, number];
    const [block, row] = order(key);
    element.dataset.key = key;
    const next = [...this.element.children].find((child) => {
      const [b, r] = order((child as HTMLElement).dataset.key!);
      return b > block || (b === block && r > row);
    });
    this.element.insertBefore(element, next ?? null);
    this.shown.set(key, element);
  }

  private makeRow(block: number, row: Row): HTMLElement {
    const slots = this.results.block(block)!.slots;
    const element = h("div.row", { role: "row" });
    row.boxes.forEach((box, at) => {
      const slot = slots[row.start + at]!;
      const size = { width: box.width, height: row.height };
      const tile = makeTile(slot, size, this.stateOf(slot), this.options);
      tile.dataset.at = `${block}:${row.start + at}`;
      style(tile, { left: `${box.left}px` });
      element.append(tile);
    });
    return element;
  }

  private divider(): HTMLElement {
    const text = "From here on, images may be similar by chance";
    return h("div.row.divider", { role: "row" }, h("div", { role: "gridcell" }, h("span", null, text)));
  }

  private showGap(block: number, at: number, keep: Set<string>): void {
    const error = this.results.error(block);
    const key = `${block}:${error ? -2 : -1}`;
    keep.add(key);
    let element = this.shown.get(key);
    if (!element) {
      const retry = h("button.plain", { onclick: () => this.results.retry(block) }, "Try again");
      const text = h("p", null, `These images could not be loaded. ${error}`);
      const content = error ? notice("alert", "error", text, retry) : "Loading …";
      element = h("div.row.gap", { role: "row" }, h("div", { role: "gridcell" }, content));
      element.classList.toggle("failed", Boolean(error));
      this.insert(key, element);
    }
    style(element, { transform: `translateY(${at}px)`, height: `${this.heightOf(block) - kGap}px` });
  }

  private loadImages(): void {
    for (const image of this.element.querySelectorAll<HTMLImageElement>("img[data-src]")) {
      image.src = image.dataset.src!;
      delete image.dataset.src;
    }
  }

  /** Makes exactly one image of the grid a stop of the Tab key. */
  private roving(): void {
    const buttons = [...this.element.querySelectorAll<HTMLElement>(".tile > .open")];
    const wanted = `${this.active.block}:${this.active.slot}`;
    let stop = buttons.find((button) => button.parentElement!.dataset.at === wanted);
    stop ??= buttons.find((button) => button.getBoundingClientRect().top >= 0) ?? buttons[0];
    for (const button of buttons) {
      const index = button === stop ? 0 : -1;
      if (button.tabIndex !== index) button.tabIndex = index;
    }
  }
}
