// The hits of one search, loaded in blocks as the grid needs them.
import { api, ApiError, isAbort, type Duplicate, type Hit, type Judgement, type SearchAnswer } from "./api";
import { errorText, toast } from "./dom";

export const kBlock = 100;
const kLastOffset = 100000; // of the API
const kAtOnce = 2;

/** One image of the grid: a hit, or an unfolded near-duplicate of one. */
export interface Slot {
  image: Hit | Duplicate;
  hit: Hit;
  folded: number; // near-duplicates that are hidden behind it
  duplicate: boolean;
}

export interface Block {
  slots: Slot[];
  hits: Hit[];
}

export type FetchPage = (offset: number, k: number, signal: AbortSignal) => Promise<SearchAnswer>;

export class Results {
  answer: SearchAnswer | undefined; // of the first block
  total = 0; // hits; an upper bound until the end is loaded
  exact = false; // whether `total` is exact
  readonly judgements = new Map<string, Judgement>();
  onblock: (block: number) => void = () => {};
  onjudged: (id: string) => void = () => {};
  private blocks = new Map<number, Block>();
  private errors = new Map<number, string>();
  private loading = new Set<number>();
  private wanted: number[] = [];
  private seeking = false;
  private unfolded = new Set<string>();
  private controller = new AbortController();

  constructor(
    private page: FetchPage,
    readonly query: string, // the text that judgements are kept for
  ) {}

  get blockCount(): number {
    return Math.ceil(this.total / kBlock);
  }

  get closed(): boolean {
    return this.controller.signal.aborted;
  }

  /** Loads the first block. Throws what the API throws. */
  async open(): Promise<SearchAnswer> {
    const answer = await this.page(0, kBlock, this.controller.signal);
    this.answer = answer;
    this.total = Math.min(answer.matching, kLastOffset + kBlock);
    this.exact = answer.matching <= kLastOffset + kBlock && answer.hits.every((hit) => !hit.duplicates?.length);
    this.store(0, answer);
    return answer;
  }

  close(): void {
    this.controller.abort();
  }

  block(at: number): Block | undefined {
    return this.blocks.get(at);
  }

  error(at: number): string | undefined {
    return this.errors.get(at);
  }

  /** Loads these blocks; blocks that were wanted before and are no longer are not begun. */
  want(blocks: number[]): void {
    this.wanted = blocks.filter((at) => at < this.blockCount && !this.blocks.has(at) && !this.errors.has(at));
    this.begin();
  }

  retry(at: number): void {
    this.errors.delete(at);
    this.want([at, ...this.wanted]);
    this.onblock(at);
  }

  async load(at: number): Promise<Block | undefined> {
    while (this.loading.has(at)) await new Promise((done) => setTimeout(done, 30));
    if (!this.blocks.has(at) && at < this.blockCount && !this.closed) await this.fetch(at);
    return this.blocks.get(at);
  }

  private begin(): void {
    while (this.loading.size < kAtOnce && !this.closed) {
      const at = this.wanted.find((block) => !this.loading.has(block));
      if (at === undefined) return;
      this.wanted = this.wanted.filter((block) => block !== at);
      void this.fetch(at);
    }
  }

  private async fetch(at: number): Promise<void> {
    this.loading.add(at);
    try {
      const answer = await this.page(at * kBlock, kBlock, this.controller.signal);
      if (this.closed) return;
      this.store(at, answer);
      if (answer.hits.length === 0 && at > 0) await this.seekEnd(at);
    } catch (error) {
      if (isAbort(error) || this.closed) return;
      if (error instanceof ApiError && error.status === 503) await this.pause(error.retryAfter ?? 1);
      else this.errors.set(at, errorText(error));
    } finally {
      this.loading.delete(at);
    }
    this.onblock(at);
    this.begin();
  }

  /** Waits for as long as a Retry-After says, within reason. */
  pause(seconds: number): Promise<void> {
    return new Promise((done) => setTimeout(done, Math.min(seconds, 10) * 1000));
  }

  private store(at: number, answer: SearchAnswer): void {
    for (const hit of answer.hits) if (hit.judgement) this.judgements.set(hit.id, hit.judgement);
    this.blocks.set(at, { hits: answer.hits, slots: this.slots(answer.hits) });
    if (answer.hits.length > 0 && answer.hits.length < kBlock) {
      this.total = Math.min(this.total, at * kBlock + answer.hits.length);
      this.exact = true;
    }
    if (at === 0 && answer.hits.length === 0) this.total = 0;
  }

  /**
   * Finds the last block by bisection. Folded near-duplicates make hits fewer than images, so that a block may turn
   * out to be beyond the end.
   */
  private async seekEnd(empty: number): Promise<void> {
    if (this.seeking) return;
    this.seeking = true;
    let low = Math.max(
      0,
      ...[...this.blocks].filter(([at, block]) => at < empty && block.hits.length).map(([at]) => at),
    );
    let high = empty;
    try {
      while (high - low > 1 && !this.closed) {
        const middle = Math.floor((low + high) / 2);
        const { hits } = await this.page(middle * kBlock, 1, this.controller.signal);
        if (hits.length) low = middle;
        else high = middle;
      }
      this.total = Math.min(this.total, high * kBlock);
    } catch {
      this.blocks.delete(empty); // It is asked for again when it is in view.
    } finally {
      this.seeking = false;
    }
  }

  private slots(hits: Hit[]): Slot[] {
    return hits.flatMap((hit) => {
      const copies = hit.duplicates ?? [];
      const open = this.unfolded.has(hit.id);
      const first: Slot = { image: hit, hit, folded: open ? 0 : copies.length, duplicate: false };
      return open ? [first, ...copies.map((image) => ({ image, hit, folded: 0, duplicate: true }))] : [first];
    });
  }

  isUnfolded(id: string): boolean {
    return this.unfolded.has(id);
  }

  /** Shows or hides the near-duplicates of a hit. */
  toggleDuplicates(id: string): void {
    if (!this.unfolded.delete(id)) this.unfolded.add(id);
    for (const [at, block] of this.blocks) {
      if (!block.hits.some((hit) => hit.id === id)) continue;
      block.slots = this.slots(block.hits);
      this.onblock(at);
    }
  }

  find(id: string): { block: number; slot: number } | undefined {
    for (const [block, { slots }] of this.blocks) {
      const slot = slots.findIndex((other) => other.image.id === id);
      if (slot >= 0) return { block, slot };
    }
    return undefined;
  }

  /** The image before (-1) or after (1) one, across blocks. */
  async neighbour(id: string, step: -1 | 1): Promise<Slot | undefined> {
    const place = this.find(id);
    if (!place) return undefined;
    const next = this.blocks.get(place.block)!.slots[place.slot + step];
    if (next) return next;
    const block = place.block + step < 0 ? undefined : await this.load(place.block + step);
    return step > 0 ? block?.slots[0] : block?.slots[block.slots.length - 1];
  }

  /** Records a judgement; the same one again withdraws it. */
  async judge(id: string, judgement: Judgement | "none", rank?: number): Promise<void> {
    const before = this.judgements.get(id);
    const next = judgement === before ? "none" : judgement;
    const show = (value: Judgement | "none" | undefined) => {
      if (value && value !== "none") this.judgements.set(id, value);
      else this.judgements.delete(id);
      this.onjudged(id);
    };
    show(next);
    try {
      await api.judge(this.query, id, next, rank, this.answer?.model?.name);
    } catch (error) {
      show(before);
      toast(`The judgement was not stored: ${errorText(error)}`, "error");
    }
  }
}
