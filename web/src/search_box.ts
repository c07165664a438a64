// The field for queries: searches while typing, completes words, and takes images.
import { api, type Suggestion } from "./api";
import { announce, debounce, fill, h } from "./dom";
import { icon } from "./icons";
import { keepImages } from "./images";
import { store } from "./state";
import { count, counted } from "./words";

const kDelay = 160;

export class SearchBox {
  readonly input = h("input", {
    id: "q",
    type: "search",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    placeholder: "Describe an image",
    "aria-label": "Query",
    "aria-expanded": "false",
    "aria-controls": "suggestions",
    "aria-autocomplete": "list",
    maxlength: 2000,
  });
  readonly element: HTMLElement;
  private list = h("ul.suggestions", { id: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
  private file = h("input", { type: "file", accept: "image/*", multiple: true, hidden: true, id: "file" });
  private suggestions: Suggestion[] = [];
  private chosen = -1;
  private controller: AbortController | undefined;
  private typing = false; // whether the current entry of the history belongs to this typing
  private later = debounce(() => this.commit(), kDelay);
  private suggestLater = debounce(() => void this.suggest(), 120);

  constructor() {
    const choose = h(
      "button.icon-button",
      { "aria-label": "Search with an image", title: "Search with an image", onclick: () => this.file.click() },
      icon("image"),
    );
    const form = { role: "search", onsubmit: (event: Event) => event.preventDefault() };
    this.element = h("form.search-box", form, icon("search"), this.input, choose, this.file, this.list);
    this.input.value = store.now.q;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.leave());
    this.file.addEventListener("change", () => {
      this.addImages(this.file.files ?? []);
      this.file.value = "";
    });
    store.listen((now) => {
      if (!this.later.pending() && this.input.value.trim() !== now.q) this.input.value = now.q;
    });
    this.takeImages();
  }

  /** Replaces the images of the query. */
  addImages(files: Iterable<File>): void {
    const keys = keepImages(files);
    if (!keys.length) return;
    store.change({ view: "search", images: keys.join(","), refine: false, all: false, item: "" });
  }

  private takeImages(): void {
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.addImages(files);
    });
    let depth = 0; // of dragenter events
    const show = (on: boolean) => document.body.classList.toggle("dropping", on);
    const isFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragenter", (event) => {
      if (isFile(event) && ++depth > 0) show(true);
    });
    document.addEventListener("dragleave", (event) => {
      if (isFile(event) && --depth <= 0) show(false);
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      show(false);
      if (event.dataTransfer?.files.length) this.addImages(event.dataTransfer.files);
    });
  }

  private typed(): void {
    this.later();
    this.suggestLater();
  }

  /** Puts the text into the state. The first change of a typing adds an entry to the history. */
  private commit(): void {
    const q = this.input.value.trim();
    if (q === store.now.q) return;
    const view = store.now.view === "compare" ? "compare" : "search";
    store.change({ view, q, refine: false, all: false, item: "" }, { replace: this.typing });
    this.typing = true;
  }

  private leave(): void {
    this.later.flush();
    this.typing = false;
    this.close();
  }

  private async suggest(): Promise<void> {
    this.controller?.abort();
    const word = this.input.value.slice(0, this.input.selectionStart ?? undefined);
    if (!/\S$/.test(word)) return this.close();
    this.controller = new AbortController();
    try {
      this.suggestions = await api.suggest(word, this.controller.signal);
    } catch {
      return; // Suggestions are a help, not a result: the search itself reports errors.
    }
    if (document.activeElement === this.input) this.show();
  }

  private show(): void {
    this.chosen = -1;
    const options = this.suggestions.map((suggestion, at) => {
      const option = h(
        "li",
        { role: "option", id: `suggestion-${at}`, "aria-selected": "false" },
        h("span.label", null, suggestion.label),
        h("span.kind", null, suggestion.kind, suggestion.count ? ` · ${count(suggestion.count)}` : ""),
      );
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => this.take(suggestion));
      return option;
    });
    fill(this.list, ...options);
    const open = options.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", `${open}`);
    this.input.removeAttribute("aria-activedescendant");
    if (open) announce(`${counted(options.length, "suggestion")}, down arrow to choose`);
  }

  private close(): void {
    this.controller?.abort();
    this.suggestLater.cancel();
    this.suggestions = [];
    this.list.hidden = true;
    this.chosen = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private move(by: number): void {
    const size = this.suggestions.length + 1; // the field itself is one stop
    this.chosen = ((this.chosen + 1 + by + size) % size) - 1;
    [...this.list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", `${at === this.chosen}`);
      if (at === this.chosen) option.scrollIntoView({ block: "nearest" });
    });
    if (this.chosen >= 0) this.input.setAttribute("aria-activedescendant", `suggestion-${this.chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** Replaces the word before the cursor. */
  private take(suggestion: Suggestion): void {
    const cursor = this.input.selectionStart ?? this.input.value.length;
    const before = this.input.value.slice(0, cursor);
    const start = /(?:[^\s"]*"(?:\\.|[^"\\])*"?|[^\s"]+)$/.exec(before)?.index ?? cursor;
    const space = suggestion.insert.endsWith(":") ? "" : " ";
    const after = this.input.value.slice(cursor).trimStart();
    this.input.value = before.slice(0, start) + suggestion.insert + space + after;
    const at = start + suggestion.insert.length + space.length;
    this.input.setSelectionRange(at, at);
    this.close();
    this.commit();
    if (!space) this.suggestLater();
  }

  private press(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" && this.suggestions.length) this.move(1);
    else if (event.key === "ArrowUp" && this.suggestions.length) this.move(-1);
    else if (event.key === "Tab" && this.chosen >= 0) this.take(this.suggestions[this.chosen]!);
    else if (event.key === "Enter") this.enter();
    else if (event.key === "Escape" && !this.list.hidden) this.close();
    else if (event.key === "ArrowDown") document.querySelector<HTMLElement>(".grid .open[tabindex='0']")?.focus();
    else return;
    event.preventDefault();
  }

  private enter(): void {
    if (this.chosen >= 0) {
      this.take(this.suggestions[this.chosen]!);
      return;
    }
    this.close();
    this.later.cancel();
    this.commit();
    this.typing = false;
  }
}
