// The keys of the grid.
import type { Grid } from "./grid";

export class GridKeys {
  private moves: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private grid: Grid) {
    grid.element.addEventListener("keydown", (event) => this.press(event));
    grid.element.addEventListener("focusin", (event) => this.follow(event));
  }

  private follow(event: FocusEvent): void {
    const at = (event.target as Element).closest<HTMLElement>(".tile")?.dataset.at;
    if (!at) return;
    const [block, slot] = at.split(":").map(Number);
    this.grid.active = { block: block!, slot: slot! };
  }

  private press(event: KeyboardEvent): void {
    const tile = (event.target as Element).closest<HTMLElement>(".tile");
    const slot = tile && this.grid.slotOf(tile);
    if (!slot || event.altKey || event.metaKey) return;
    const move = this.target(event.key, event.ctrlKey);
    if (move) {
      event.preventDefault();
      // Each move starts where the one before ended, even if images are loaded for that one. A held key does not queue.
      if (event.repeat && this.waiting > 0) return;
      this.waiting += 1;
      const run = () => this.go(move).finally(() => (this.waiting -= 1));
      this.moves = this.moves.then(run, run);
      return;
    }
    if (event.ctrlKey) return;
    const { options } = this.grid;
    const actions: Record<string, () => void> = {
      x: () => options.select(slot),
      m: () => options.similar(slot),
      d: () => slot.hit.duplicates?.length && options.unfold(slot),
      y: () => options.canJudge && options.judge(slot, "relevant"),
      n: () => options.canJudge && options.judge(slot, "irrelevant"),
      u: () => {
        const judgement = this.grid.results.judgements.get(slot.image.id);
        if (judgement) options.judge(slot, judgement);
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** The move of a key: by a number of images or rows, or to an end. */
  private target(
    key: string,
    control: boolean,
  ): { by?: number; rows?: number; end?: "row" | "all"; first?: boolean } | undefined {
    switch (key) {
      case "ArrowRight":
        return { by: 1 };
      case "ArrowLeft":
        return { by: -1 };
      case "ArrowDown":
        return { rows: 1 };
      case "ArrowUp":
        return { rows: -1 };
      case "PageDown":
        return { rows: 3 };
      case "PageUp":
        return { rows: -3 };
      case "Home":
        return { end: control ? "all" : "row", first: true };
      case "End":
        return { end: control ? "all" : "row", first: false };
      default:
        return undefined;
    }
  }

  private async go(move: { by?: number; rows?: number; end?: "row" | "all"; first?: boolean }): Promise<void> {
    const { active } = this.grid;
    if (move.by) await this.step(move.by);
    else if (move.rows) for (let left = Math.abs(move.rows); left > 0; --left) await this.stepRow(Math.sign(move.rows));
    else if (move.end === "all") {
      const last = this.grid.results.blockCount - 1;
      await this.grid.focus(move.first ? 0 : last, move.first ? 0 : Infinity);
    } else {
      const rows = this.grid.rowsOf(active.block);
      const row = rows.findLast((other) => other.start <= active.slot)!;
      await this.grid.focus(active.block, move.first ? row.start : row.start + row.boxes.length - 1);
    }
  }

  private async step(by: number): Promise<void> {
    const { block, slot } = this.grid.active;
    const size = this.grid.results.block(block)?.slots.length ?? 0;
    const next = slot + by;
    if (next >= 0 && next < size) await this.grid.focus(block, next);
    else if (next < 0 && block > 0) await this.grid.focus(block - 1, Infinity);
    else if (next >= size && block + 1 < this.grid.results.blockCount) await this.grid.focus(block + 1, 0);
  }

  /** Moves to the image of the next row whose centre is nearest. */
  private async stepRow(by: number): Promise<void> {
    const { block, slot } = this.grid.active;
    const rows = this.grid.rowsOf(block);
    const at = rows.findLastIndex((row) => row.start <= slot);
    const box = rows[at]?.boxes[slot - rows[at]!.start];
    if (!box) return;
    const centre = box.left + box.width / 2;
    const nextBlock = at + by < 0 ? block - 1 : at + by >= rows.length ? block + 1 : block;
    if (nextBlock < 0 || nextBlock >= this.grid.results.blockCount) return;
    if (nextBlock !== block && !this.grid.results.block(nextBlock)) {
      await this.grid.focus(nextBlock, by > 0 ? 0 : Infinity);
      return;
    }
    const others = this.grid.rowsOf(nextBlock);
    const row = nextBlock === block ? others[at + by]! : by > 0 ? others[0]! : others[others.length - 1]!;
    const distance = (other: { left: number; width: number }) => Math.abs(other.left + other.width / 2 - centre);
    let best = 0;
    row.boxes.forEach((other, index) => {
      if (distance(other) < distance(row.boxes[best]!)) best = index;
    });
    await this.grid.focus(nextBlock, row.start + best);
  }
}
