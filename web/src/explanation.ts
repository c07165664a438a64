// Why an image was found: where in it the query is found, which words contribute, what the model did not see.
import { api, explanationMapUrl, isAbort, type Explanation, type Region } from "./api";
import { announce, errorText, fill, h, s, style, type Child } from "./dom";
import { icon } from "./icons";
import { notice } from "./status";
import { percent, similarityText } from "./words";
import type { ZoomBox } from "./zoom";

const kOpacity = 65; // percent
const kLeastRange = 0.0005; // of a map; less is not visible in three decimals
const kFlat = "No part stands out: hiding parts of the image changes the similarity by less than 0.0005.";

const signed = (value: number): string => (value > 0 ? "+" : "") + similarityText(value);

/** The path of everything but a region, for the rule evenodd. */
function outside(width: number, height: number, region: Region): string {
  const { left, top } = region;
  return `M0 0H${width}V${height}H0ZM${left} ${top}h${region.width}v${region.height}h${-region.width}Z`;
}

function contributionBar(contribution: number, largest: number): SVGElement {
  const share = largest > 0 ? (100 * Math.abs(contribution)) / largest : 0;
  const kind = contribution < 0 ? "value lowers" : "value";
  return s(
    "svg",
    { viewBox: "0 0 100 6", preserveAspectRatio: "none", class: "score-bar", "aria-hidden": "true" },
    s("rect", { width: 100, height: 6, class: "track" }),
    s("rect", { width: share, height: 6, class: kind }),
  );
}

function wordTable({ words }: Explanation): HTMLElement | false {
  if (words.length === 0) return false;
  const largest = Math.max(...words.map((word) => Math.abs(word.contribution)));
  const rows = words.map(({ word, contribution }) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, word),
      h("td", null, signed(contribution)),
      h("td", null, contributionBar(contribution, largest)),
    ),
  );
  const caption = h("caption.quiet", null, "By how much the similarity falls without the word");
  return h("table.terms.words", null, caption, h("tbody", null, ...rows));
}

function unseen({ cut_share, parts }: Explanation): Child[] {
  const most = Math.max(0, ...parts);
  return [
    cut_share > 0.0005 &&
      h("p.quiet", null, `The model did not see ${percent(cut_share)} of the image: what is outside the frame.`),
    most > 1 &&
      h("p.quiet", null, `The text was read in ${most} parts, because it is longer than the model’s context.`),
  ];
}

function captionList({ captions, captions_compared }: Explanation): HTMLElement | false {
  if (captions.length === 0) return false;
  const title = `Nearest of ${captions_compared} captions of similar images`;
  const items = captions.map(({ text, similarity, own }) =>
    h("li", null, h("span.number", null, similarityText(similarity)), h("span", null, text, own && " (of this image)")),
  );
  return h("div", null, h("h4", null, title), h("ul.near-captions", { "aria-label": title }, ...items));
}

/** The section with the button "Why this image?", and what it lays over the image. */
export class ExplanationView {
  private button = h(
    "button.plain",
    { "aria-expanded": "false", "aria-controls": "explanation", onclick: () => this.toggle() },
    icon("info"),
    "Why this image?",
  );
  private content = h("div.explanation", { id: "explanation", hidden: true });
  readonly element = h("section", { "aria-label": "Explanation", hidden: true }, this.button, this.content);
  private opacity = h("input", {
    type: "range",
    min: 0,
    max: 100,
    value: kOpacity,
    "aria-label": "Opacity of the heat map",
  });
  private map: SVGElement | undefined;
  private controller: AbortController | undefined;
  private asked = { id: "", q: "", model: "" };

  constructor(private zoom: ZoomBox) {
    this.opacity.addEventListener("input", () => this.applyOpacity());
  }

  /** Offers the explanation of an image; without terms in the query there is none. */
  offer(id: string, q: string, model: string, hasTerms: boolean): void {
    this.close();
    this.asked = { id, q, model };
    this.element.hidden = !hasTerms;
  }

  close(): void {
    this.controller?.abort();
    this.controller = undefined;
    this.map = undefined;
    this.zoom.cover(undefined);
    fill(this.content);
    this.content.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
  }

  toggle(): void {
    if (this.element.hidden) return;
    if (this.content.hidden) void this.open();
    else this.close();
  }

  private async open(): Promise<void> {
    const { id, q, model } = this.asked;
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.content.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    fill(this.content, h("p.quiet", null, "Comparing parts of the image …"));
    announce("Comparing parts of the image");
    try {
      const explanation = await api.explanation(id, q, model, signal);
      if (!signal.aborted) this.show(explanation);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) fill(this.content, notice("alert", "error", errorText(error)));
    }
  }

  private show(explanation: Explanation): void {
    const { values } = explanation.heat;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    this.cover(explanation);
    fill(
      this.content,
      ...(high - low < kLeastRange ? [h("p.quiet", null, kFlat)] : this.legend(low, high)),
      ...unseen(explanation),
      wordTable(explanation),
      captionList(explanation),
    );
    const best = [...explanation.words].sort((a, b) => b.contribution - a.contribution)[0];
    announce(`The heat map is shown.${best ? ` The word that contributes most is ${best.word}.` : ""}`);
  }

  private legend(low: number, high: number): HTMLElement[] {
    return [
      h("h4", null, "By how much the similarity falls where the image is hidden"),
      h(
        "div.legend",
        null,
        h("span.number", null, signed(low)),
        h("span.ramp", { role: "img", "aria-label": "From violet to yellow" }),
        h("span.number", null, signed(high)),
      ),
      h("label.opacity", null, "Opacity", this.opacity),
    ];
  }

  /** Lays the map, the frame of the crop and a shade outside of it over the image. */
  private cover({ width, height, seen, cut_share }: Explanation): void {
    const { id, q, model } = this.asked;
    const map = { href: explanationMapUrl(id, q, model), width, height, preserveAspectRatio: "none" };
    const image = (this.map = s("image", map));
    image.addEventListener("error", () => this.map === image && this.zoom.cover(undefined));
    const frame = { x: seen.left, y: seen.top, width: seen.width, height: seen.height };
    const whole = cut_share <= 0.0005;
    this.zoom.cover(
      s(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, class: "cover", "aria-hidden": "true" },
        this.map,
        !whole && s("path", { class: "unseen", d: outside(width, height, seen), "fill-rule": "evenodd" }),
        !whole && s("rect", { ...frame, class: "frame", "vector-effect": "non-scaling-stroke" }),
      ),
    );
    this.applyOpacity();
  }

  private applyOpacity(): void {
    if (this.map) style(this.map, { opacity: `${Number(this.opacity.value) / 100}` });
  }
}
