// The panel next to or above the results: filters, timeline or places, loaded when it is open.
import { isAbort } from "./api";
import { errorText, fill, h } from "./dom";
import { filtersOf, showFacets } from "./facets";
import { icon } from "./icons";
import { showPlaces } from "./places";
import { store, type Panel, type State } from "./state";
import { notice } from "./status";
import { showTimeline } from "./timeline";

const kShow = { filters: showFacets, timeline: showTimeline, places: showPlaces };
const kTitles: Record<Panel, string> = { "": "", filters: "Filters", timeline: "Timeline", places: "Places" };

export class Panels {
  readonly element = h("aside.panel", { id: "panel", hidden: true });
  private title = h("h2", { id: "panel-title", tabindex: -1 });
  private content = h("div.panel-content");
  private key = "";
  private controller: AbortController | undefined;

  constructor() {
    this.element.setAttribute("aria-labelledby", "panel-title");
    const close = { "aria-label": "Close the panel", title: "Close", onclick: () => this.close() };
    const head = h("div.panel-head", null, this.title, h("button.icon-button", close, icon("close")));
    this.element.append(head, this.content);
  }

  update(now: State): void {
    this.element.hidden = now.panel === "";
    this.element.dataset.panel = now.panel;
    document.body.dataset.panel = now.panel;
    if (now.panel === "") {
      this.key = "";
      return;
    }
    this.title.textContent = kTitles[now.panel];
    const key = `${now.panel} ${filtersOf(now.q)}`;
    if (key === this.key) return;
    const isOther = !this.key.startsWith(`${now.panel} `);
    this.key = key;
    if (isOther) fill(this.content, h("p.quiet", null, "Loading …"));
    void this.load(now);
  }

  private close(): void {
    const { panel } = store.now;
    store.change({ panel: "" }, { replace: true });
    document.querySelector<HTMLElement>(`[data-panel-button="${panel}"]`)?.focus();
  }

  private async load(now: State): Promise<void> {
    this.controller?.abort();
    this.controller = new AbortController();
    try {
      await kShow[now.panel as keyof typeof kShow](this.content, now.q, this.controller.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.key = "";
      fill(this.content, notice("alert", "error", errorText(error)));
    }
  }
}
