// The state of the page, which is kept in its address.

export type View = "search" | "compare" | "judge" | "evaluate" | "index";
export type Panel = "" | "filters" | "timeline" | "places";

export interface State {
  view: View;
  q: string;
  images: string; // keys of images in memory (images.ts), separated by commas
  model: string; // empty: the active one
  right: string; // the second model of the comparison
  group: boolean;
  diversity: number;
  refine: boolean; // with the judgements of this query
  all: boolean; // shows hits although nothing matches
  panel: Panel;
  item: string; // the image in the detail view
}

const kViews: View[] = ["search", "compare", "judge", "evaluate", "index"];
const kPanels: Panel[] = ["", "filters", "timeline", "places"];

const oneOf = <T>(values: T[], value: unknown): T => (values.includes(value as T) ? (value as T) : values[0]!);

export function readState(search: string): State {
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name) ?? "";
  const diversity = Number(text("diversity"));
  return {
    view: oneOf(kViews, text("view")),
    q: text("q"),
    images: text("images"),
    model: text("model"),
    right: text("right"),
    group: text("group") !== "0",
    diversity: diversity > 0 && diversity <= 0.99 ? diversity : 0,
    refine: text("refine") === "1",
    all: text("all") === "1",
    panel: oneOf(kPanels, text("panel")),
    item: text("item"),
  };
}

export function writeState(state: State): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | number | boolean, usual: string | number | boolean) => {
    if (value !== usual) query.set(name, value === true ? "1" : value === false ? "0" : `${value}`);
  };
  put("view", state.view, "search");
  put("q", state.q, "");
  put("images", state.images, "");
  put("model", state.model, "");
  put("right", state.right, "");
  put("group", state.group, true);
  put("diversity", state.diversity, 0);
  put("refine", state.refine, false);
  put("all", state.all, false);
  put("panel", state.panel, "");
  put("item", state.item, "");
  const text = query.toString();
  return text ? `/?${text}` : "/";
}

type Listener = (now: State, before: State) => void;

/** The current state. `change` adds an entry to the history unless told to replace the current one. */
class Store {
  now = readState(location.search);
  private listeners = new Set<Listener>();

  constructor() {
    window.addEventListener("popstate", () => this.apply(readState(location.search)));
  }

  change(patch: Partial<State>, { replace = false } = {}): void {
    const next = { ...this.now, ...patch };
    const target = writeState(next);
    if (target !== writeState(this.now)) {
      if (replace) history.replaceState(history.state, "", target);
      else history.pushState({ ours: true }, "", target);
    }
    this.apply(next);
  }

  /** Returns to the entry before this one if the page made this one; else replaces it. */
  back(patch: Partial<State>): void {
    if (history.state?.ours) history.back();
    else this.change(patch, { replace: true });
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private apply(next: State): void {
    const before = this.now;
    this.now = next;
    for (const listener of [...this.listeners]) listener(next, before);
  }
}

export const store = new Store();

/** Starts a new search; what belonged to the old one is reset. */
export const searchFor = (q: string, images = "", options = {}): void =>
  store.change({ view: "search", q, images, refine: false, all: false, item: "" }, options);

/** A setting of this browser, kept in localStorage where that is permitted. */
export function setting(name: string, usual: string): { get(): string; set(value: string): void } {
  const key = `sightline.${name}`;
  let value = usual;
  try {
    value = localStorage.getItem(key) ?? usual;
  } catch {
    // Storage is off; the setting lasts as long as the page.
  }
  return {
    get: () => value,
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, next);
      } catch {
        // As above.
      }
    },
  };
}
