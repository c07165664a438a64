// One image of the grid with its score and controls.
import { thumbnailUrl, type Hit, type Judgement } from "./api";
import { h, style } from "./dom";
import { icon } from "./icons";
import type { Slot } from "./results";
import { confidence, count, counted, qText, similarityText } from "./words";

export interface TileActions {
  open(slot: Slot): void;
  select(slot: Slot): void;
  unfold(slot: Slot): void;
  judge(slot: Slot, judgement: Judgement): void;
  similar(slot: Slot): void;
}

export interface TileState {
  selected: boolean;
  judgement: Judgement | undefined;
  unfolded: boolean;
  canJudge: boolean;
  total: number;
}

const captionOf = (slot: Slot): string => (slot.image as Hit).captions?.[0] ?? "";

/** The name of an image for people: its caption, or its file name. */
export const titleOf = (slot: Slot): string => captionOf(slot) || slot.image.name;

function description(slot: Slot, state: TileState): string {
  const { image, hit } = slot;
  const sure = confidence(slot.duplicate ? undefined : hit.q);
  return [
    slot.duplicate ? `Near-duplicate of hit ${count(hit.rank)}` : `Hit ${count(hit.rank)} of ${count(state.total)}`,
    titleOf(slot),
    image.similarity !== null && `similarity ${similarityText(image.similarity)}`,
    sure && `${sure.word}, ${qText(hit.q!)}`,
    slot.folded > 0 && counted(slot.folded, "near-duplicate"),
    state.judgement && `judged ${state.judgement}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Similarity and confidence in numbers and words. */
export function scoreLine(slot: Slot): HTMLElement {
  const sure = slot.duplicate ? undefined : confidence(slot.hit.q);
  const title = sure ? `similarity ${similarityText(slot.image.similarity)}, ${sure.word} (${qText(slot.hit.q!)})` : "";
  return h(
    "span.score",
    { title },
    slot.image.similarity !== null && h("b", null, similarityText(slot.image.similarity)),
    sure && h("span", { class: `bars level${sure.level}`, "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    sure && h("span.sure", null, sure.word),
    sure && h("span.q", null, qText(slot.hit.q!)),
    slot.image.similarity === null && h("span.name", null, slot.image.name),
  );
}

function judgeButton(slot: Slot, value: Judgement, state: TileState, actions: TileActions): HTMLElement {
  const label = value === "relevant" ? "Relevant" : "Not relevant";
  return h(
    "button.thumb-button",
    {
      class: `thumb-button ${value}`,
      tabindex: -1,
      title: `${label} (${value === "relevant" ? "y" : "n"})`,
      "aria-label": `${label}: ${titleOf(slot)}`,
      "aria-pressed": `${state.judgement === value}`,
      onclick: () => actions.judge(slot, value),
    },
    icon(value === "relevant" ? "up" : "down"),
  );
}

/** A cell of the grid. The image gets its address later (`data-src`), when scrolling is slow enough. */
export function makeTile(slot: Slot, box: { width: number; height: number }, state: TileState, actions: TileActions) {
  const pixels = Math.max(box.width, box.height) * Math.min(window.devicePixelRatio || 1, 2);
  const image = h("img", {
    alt: "",
    decoding: "async",
    draggable: "false",
    "data-src": thumbnailUrl(slot.image.id, pixels),
  });
  image.addEventListener("load", () => image.classList.add("loaded"));
  image.addEventListener("error", () => image.parentElement?.classList.add("broken"));
  const name = titleOf(slot);
  const tile = h(
    "div.tile",
    { role: "gridcell", "data-id": slot.image.id, "aria-selected": `${state.selected}` },
    h(
      "button.open",
      { tabindex: -1, "aria-label": description(slot, state), title: name, onclick: () => actions.open(slot) },
      image,
    ),
    h(
      "button.select",
      {
        tabindex: -1,
        role: "checkbox",
        "aria-checked": `${state.selected}`,
        "aria-label": `Select ${name}`,
        title: "Select (x)",
        onclick: () => actions.select(slot),
      },
      icon("check"),
    ),
    h(
      "button.more",
      {
        tabindex: -1,
        "aria-label": `More like ${name}`,
        title: "More like this (m)",
        onclick: () => actions.similar(slot),
      },
      icon("similar"),
    ),
    (slot.folded > 0 || state.unfolded) && foldButton(slot, state, actions),
    h(
      "div.strip",
      null,
      scoreLine(slot),
      state.canJudge && judgeButton(slot, "relevant", state, actions),
      state.canJudge && judgeButton(slot, "irrelevant", state, actions),
    ),
  );
  tile.classList.toggle("duplicate", slot.duplicate);
  style(tile, { width: `${box.width}px` });
  style(tile.firstElementChild as HTMLElement, { height: `${box.height}px` });
  return tile;
}

function foldButton(slot: Slot, state: TileState, actions: TileActions): HTMLElement | false {
  if (slot.duplicate) return false;
  const hidden = slot.folded || slot.hit.duplicates!.length;
  return h(
    "button.fold",
    {
      tabindex: -1,
      "aria-expanded": `${state.unfolded}`,
      "aria-label": `${counted(hidden, "near-duplicate")} of ${titleOf(slot)}`,
      title: `${state.unfolded ? "Fold" : "Show"} near-duplicates (d)`,
      onclick: () => actions.unfold(slot),
    },
    icon("stack"),
    state.unfolded ? "−" : `+${hidden}`,
  );
}

/** Shows a changed selection or judgement without a new tile, so that focus stays. */
export function updateTile(tile: HTMLElement, slot: Slot, state: TileState): void {
  tile.setAttribute("aria-selected", `${state.selected}`);
  tile.querySelector(".select")!.setAttribute("aria-checked", `${state.selected}`);
  tile.querySelector(".open")!.setAttribute("aria-label", description(slot, state));
  for (const value of ["relevant", "irrelevant"] as const) {
    tile.querySelector(`.thumb-button.${value}`)?.setAttribute("aria-pressed", `${state.judgement === value}`);
  }
}
