// The controls above the results.
import { api, type Model } from "./api";
import { fill, h } from "./dom";
import { icon, type Icon } from "./icons";
import { filterOf, parseQuery, toggleFilter } from "./query";
import { hasTerms } from "./request";
import type { Results } from "./results";
import { store, type Panel, type State } from "./state";
import { counted } from "./words";

const kPanels: [Panel, string, Icon][] = [
  ["filters", "Filters", "filter"],
  ["timeline", "Timeline", "timeline"],
  ["places", "Places", "places"],
];

const kSorts: [string, string][] = [
  ["similarity", "Most similar"],
  ["-date", "Newest"],
  ["date", "Oldest"],
  ["path", "Path"],
];

const kDiversities: [string, string][] = [
  ["0", "No diversity"],
  ["0.2", "Some diversity"],
  ["0.5", "High diversity"],
];

function select(label: string, options: [string, string][], change: (value: string) => void): HTMLSelectElement {
  const box = h("select", { "aria-label": label }, ...options.map(([value, text]) => h("option", { value }, text)));
  box.addEventListener("change", () => change(box.value));
  return box;
}

export class Toolbar {
  readonly element = h("div.toolbar", { role: "group", "aria-label": "Options of the results" });
  private panels = kPanels.map(([panel, name, image]) => this.panelButton(panel, name, image));
  private sort = select("Order", kSorts, (value) => {
    const filter = filterOf("sort", value);
    const current = parseQuery(store.now.q).find((part) => part.kind === "filter" && part.key === "sort");
    const usual = value === "similarity" && current?.kind === "filter";
    store.change({ q: toggleFilter(store.now.q, usual ? current : filter, true) });
  });
  private diversity = select("Diversity", kDiversities, (value) => store.change({ diversity: Number(value) }));
  private model = select("Model", [], (value) => store.change({ model: value, refine: false }));
  private group = h("input", { type: "checkbox", id: "group" });
  private groupLabel = h("label.check", { title: "Shows near-duplicates as one image" }, this.group, "Fold duplicates");
  private refine = h("button.plain.refine", { hidden: true });
  private results: Results | undefined;
  private models: Model[] | undefined;

  constructor() {
    this.group.addEventListener("change", () => store.change({ group: this.group.checked }));
    this.refine.addEventListener("click", () => store.change({ refine: !store.now.refine, all: false }));
    this.element.append(this.refine, ...this.panels, this.sort, this.diversity, this.groupLabel, this.model);
    this.model.hidden = true;
  }

  private panelButton(panel: Panel, name: string, image: Icon): HTMLElement {
    const toggle = () => store.change({ panel: store.now.panel === panel ? "" : panel }, { replace: true });
    const names = { "aria-controls": "panel", "data-panel-button": panel, onclick: toggle };
    return h("button.plain", names, icon(image), h("span", null, name));
  }

  private async loadModels(): Promise<void> {
    this.models = [];
    try {
      this.models = await api.models();
    } catch {
      return; // The choice is left out; the search reports what is wrong.
    }
    fill(this.model, ...this.models.map(({ name, active }) => h("option", { value: active ? "" : name }, name)));
    this.update(store.now, this.results);
  }

  update(now: State, results?: Results): void {
    this.results = results; // for when the models are known
    if (!this.models) void this.loadModels();
    this.panels.forEach((button, at) => button.setAttribute("aria-expanded", `${kPanels[at]![0] === now.panel}`));
    const sort = parseQuery(now.q).find((part) => part.kind === "filter" && part.key === "sort");
    this.sort.value = sort?.kind === "filter" ? sort.value : "similarity";
    this.diversity.value = `${now.diversity}`;
    this.group.checked = now.group;
    this.model.value = now.model;
    const terms = hasTerms(now);
    this.sort.hidden = this.diversity.hidden = !terms;
    this.model.hidden = !terms || (this.models?.length ?? 0) < 2;
    this.updateRefine(now, results);
  }

  private updateRefine(now: State, results?: Results): void {
    const judged = results?.judgements.size ?? 0;
    this.refine.hidden = !now.refine && (judged === 0 || now.images !== "" || !hasTerms(now));
    this.refine.setAttribute("aria-pressed", `${now.refine}`);
    const label = now.refine ? "Refined with judgements" : `Refine with ${counted(judged, "judgement")}`;
    fill(this.refine, icon("refine"), h("span", null, label));
  }
}
