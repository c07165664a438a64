// Justified rows: breaks images into rows of equal height that fill the width.

export interface Box {
  left: number;
  width: number;
}

export interface JustifiedRow {
  start: number; // the first image
  height: number;
  boxes: Box[];
}

export interface LayoutOptions {
  width: number;
  target: number; // the wanted height of a row
  gap: number;
  last: boolean; // whether the last row may stay unfilled
}

const kWidest = 3.2;
const kNarrowest = 0.5;

/** The ratio of width to height that an image is shown with; extreme ones are cropped. */
export function aspect(image: { width?: number; height?: number }): number {
  const ratio = image.width && image.height ? image.width / image.height : 1;
  return Math.min(kWidest, Math.max(kNarrowest, ratio));
}

/**
 * Breaks images of the given aspects into rows. Minimizes the sum of squared relative deviations of the rows'
 * heights from the target (dynamic programming, as Knuth and Plass break lines), in O(n · images per row).
 */
export function justify(aspects: number[], options: LayoutOptions): JustifiedRow[] {
  const { width, target, gap, last } = options;
  const n = aspects.length;
  const cost = new Float64Array(n + 1).fill(Infinity);
  const from = new Int32Array(n + 1);
  cost[0] = 0;
  for (let end = 1; end <= n; ++end) {
    let sum = 0;
    for (let start = end - 1; start >= 0; --start) {
      sum += aspects[start]!;
      const height = (width - gap * (end - start - 1)) / sum;
      const free = last && end === n && height > target;
      const deviation = Math.log(Math.max(height, 1) / target);
      const total = cost[start]! + (free ? 0.02 : deviation * deviation);
      if (total < cost[end]!) {
        cost[end] = total;
        from[end] = start;
      }
      if (height < target / 2 && end - start > 1) break;
    }
  }
  const starts: number[] = [];
  for (let end = n; end > 0; end = from[end]!) starts.unshift(from[end]!);
  return starts.map((start, at) => placeRow(aspects, start, starts[at + 1] ?? n, options));
}

function placeRow(aspects: number[], start: number, end: number, options: LayoutOptions): JustifiedRow {
  const { width, target, gap } = options;
  const sum = aspects.slice(start, end).reduce((a, b) => a + b, 0);
  const filled = (width - gap * (end - start - 1)) / sum;
  const height = Math.round(Math.min(filled, target * (options.last && end === aspects.length ? 1.1 : 1.8)));
  const boxes: Box[] = [];
  let left = 0;
  for (let at = start; at < end; ++at) {
    const isLast = at === end - 1 && height >= Math.floor(filled);
    const wide = isLast ? width - left : Math.round(aspects[at]! * height);
    boxes.push({ left, width: wide });
    left += wide + gap;
  }
  return { start, height, boxes };
}

/** The wanted height of rows for a width of the grid. */
export const targetHeight = (width: number): number =>
  width < 500 ? 132 : width < 900 ? 170 : width < 1700 ? 205 : 240;
