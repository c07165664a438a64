// The terms of a query with their weights, and its filters, as chips.
import { thumbnailUrl } from "./api";
import { h } from "./dom";
import { icon } from "./icons";
import { readImages, writeImages, type WeightedImage } from "./images";
import {
  formatNumber,
  formatQuery,
  isTerm,
  parseQuery,
  stepWeight,
  type FilterPart,
  type Part,
  type TermPart,
} from "./query";
import { store, type State } from "./state";

const kNames: Record<string, string> = { in: "folder", similarity: "similarity", sort: "sorted by" };

interface ChipChange {
  weight(weight: number): void;
  remove(): void;
}

function weightKeys(name: string, weight: number, change: ChipChange, alone: boolean) {
  const key = (up: boolean) => {
    const next = stepWeight(weight, up);
    return h(
      "button.step",
      {
        "aria-label": `${up ? "More" : "Less"} ${name}`,
        title: `${up ? "More" : "Less"} of this term`,
        disabled: next === weight || (alone && next < 0),
        "data-key": `${name}${up ? "+" : "-"}`,
        onclick: () => change.weight(next),
      },
      icon(up ? "plus" : "minus"),
    );
  };
  const value = h(
    "span.weight",
    { "aria-label": `weight ${formatNumber(weight)}` },
    weight < 0 ? `−${formatNumber(-weight)}` : `×${formatNumber(weight)}`,
  );
  value.setAttribute("role", "img");
  return [key(false), value, key(true)];
}

const removeButton = (name: string, remove: () => void) =>
  h("button.step", { "aria-label": `Remove ${name}`, title: "Remove", onclick: remove }, icon("close"));

function chip(
  kind: string,
  name: string,
  weight: number,
  content: (Node | string)[],
  change: ChipChange,
  alone: boolean,
) {
  const classes = `chip ${kind}${weight < 0 ? " negative" : ""}`;
  const keys = alone && weight === 1 ? [] : weightKeys(name, weight, change, alone);
  return h("li", { class: classes }, ...content, ...keys, removeButton(name, change.remove));
}

function termChip(part: TermPart, change: ChipChange, alone: boolean): HTMLElement {
  if (part.kind === "text")
    return chip("term", part.text, part.weight, [h("span.text", null, part.text)], change, alone);
  const name = `image ${part.text}`;
  const image = h("img", { src: thumbnailUrl(part.text, 160), alt: "" });
  image.addEventListener("error", () => image.remove());
  return chip("term with-image", name, part.weight, [image, h("span.text", null, `like ${part.text}`)], change, alone);
}

function imageChip(given: WeightedImage, change: ChipChange, alone: boolean): HTMLElement {
  const name = given.image?.file.name ?? "image";
  const image = given.image ? h("img", { src: given.image.url, alt: "" }) : "";
  if (image) image.addEventListener("error", () => image.remove());
  const content = [image, h("span.text", null, name)];
  return chip("term with-image", name, given.weight, content, change, alone);
}

function filterChip(part: FilterPart, change: { negate(): void; remove(): void }): HTMLElement {
  const key = kNames[part.key] ?? part.key.replace(/^field\./, "");
  const value = part.value.replace(/^"(.*)"$/, "$1");
  const name = `${key} ${value}`;
  const canNegate = part.key !== "sort" && part.key !== "similarity";
  return h(
    "li.chip.filter",
    { "data-filter": part.key },
    canNegate
      ? h(
          "button.text",
          {
            "aria-pressed": `${part.negated}`,
            title: part.negated ? "Require instead of exclude" : "Exclude instead of require",
            onclick: change.negate,
          },
          h("span.key", null, `${part.negated ? "not " : ""}${key}`),
          ` ${value}`,
        )
      : h("span.text", null, h("span.key", null, key), ` ${value}`),
    removeButton(name, change.remove),
  );
}

/** True if the field itself shows all that chips could. */
const isPlain = (parts: Part[], images: WeightedImage[]): boolean =>
  images.length === 0 && parts.length === 1 && parts[0]!.kind === "text" && parts[0]!.weight === 1;

/** The chips of a state; an empty list if the query is one term of weight 1 or nothing. */
export function makeChips(state: State): HTMLElement {
  const parts = parseQuery(state.q);
  const images = readImages(state.images);
  const list = h("ul.chips", { "aria-label": "Terms and filters" });
  const terms = parts.filter(isTerm);
  const alone = terms.length + images.length === 1;
  const put = (next: Part[]) => store.change({ q: formatQuery(next), refine: false });
  const without = (part: Part) => put(parts.filter((other) => other !== part));
  const replace = (part: Part, next: Part) => put(parts.map((other) => (other === part ? next : other)));
  for (const given of images) {
    const rest = images.filter((other) => other !== given);
    const change = {
      weight: (weight: number) =>
        store.change(
          { images: writeImages(images.map((o) => (o === given ? { ...o, weight } : o))) },
          { replace: true },
        ),
      remove: () => store.change({ images: writeImages(rest) }),
    };
    list.append(imageChip(given, change, alone));
  }
  for (const part of terms) {
    const change = {
      weight: (weight: number) => replace(part, { ...part, weight }),
      remove: () => without(part),
    };
    list.append(termChip(part, change, alone));
  }
  for (const part of parts) {
    if (isTerm(part)) continue;
    const change = {
      negate: () => replace(part, { ...part, negated: !part.negated }),
      remove: () => without(part),
    };
    list.append(filterChip(part, change));
  }
  list.hidden = list.childElementCount === 0 || isPlain(parts, images);
  return list;
}
