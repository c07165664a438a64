// Starts the page: header, views, dialogs and global keys.
import "./style/index.css";
import { api, session as current, type Session } from "./api";
import { CompareView } from "./compare_view";
import { Detail } from "./detail";
import { attempt, errorText, fill, h, isTyping } from "./dom";
import { EvaluateView } from "./evaluate_view";
import { Help, keysAreOn } from "./help";
import { icon } from "./icons";
import { IndexView } from "./index_view";
import { JudgeView } from "./judge_view";
import { SearchBox } from "./search_box";
import { SearchView } from "./search_view";
import { signInForm } from "./sign_in";
import { store, writeState, type Panel, type State, type View } from "./state";
import { notice } from "./status";
import { themeButton } from "./theme";

const kViews: [View, string][] = [
  ["search", "Search"],
  ["compare", "Compare"],
  ["judge", "Judge"],
  ["evaluate", "Evaluation"],
  ["index", "Index"],
];

/** The state that a view starts in: queries stay between the search and the comparison. */
function viewState(view: View): State {
  const keeps = (name: View) => name === "search" || name === "compare";
  const q = keeps(view) && keeps(store.now.view) ? store.now.q : "";
  return { ...store.now, view, q, images: "", right: "", refine: false, all: false, item: "" };
}

class Page {
  private main = h("main", { id: "main", tabindex: -1 });
  private box = new SearchBox();
  private search = new SearchView();
  private views: Partial<Record<View, { element: HTMLElement; update(state: State): unknown }>> = {
    search: this.search,
  };
  private detail = new Detail(() => (store.now.view === "search" ? this.search.grid?.results : undefined));
  private help = new Help();
  private links = kViews.map(([view, name]) => this.link(view, name));
  private navigation = h("nav", { "aria-label": "Views", id: "views" });
  private shown: View | "" = "";
  private account = h("span");

  start(): void {
    const skip = h("a.skip", { href: "#main" }, "Skip to the content");
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.main.focus();
    });
    document.body.prepend(skip, this.header(), this.main, this.detail.dialog, this.help.dialog);
    document.body.append(h("div.drop", { "aria-hidden": "true" }, "Drop an image to search with it"));
    document.addEventListener("keydown", (event) => this.key(event));
    this.detail.onclose = (id) => this.search.grid?.focusId(id);
    this.search.onresults = () => this.detail.refresh();
    store.listen((now) => this.update(now));
  }

  private header(): HTMLElement {
    const home = h(
      "a.brand",
      { href: "/", "aria-label": "Sightline, start page" },
      h("img", { src: "/icon.svg", alt: "" }),
      h("span", null, "Sightline"),
    );
    home.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      store.change({ ...viewState("search"), q: "", panel: "" });
    });
    const menu = h(
      "button.icon-button.menu",
      { "aria-expanded": "false", "aria-controls": "views", "aria-label": "Views" },
      icon("menu"),
    );
    const toggle = (open: boolean) => {
      this.navigation.classList.toggle("open", open);
      menu.setAttribute("aria-expanded", `${open}`);
    };
    menu.addEventListener("click", () => toggle(menu.getAttribute("aria-expanded") !== "true"));
    this.navigation.addEventListener("click", (event) => {
      if (!(event.target as Element).closest("[title^=Colours]")) toggle(false);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") toggle(false);
    });
    const items = [
      ...this.links,
      themeButton(true),
      h("button.nav-button", { onclick: () => this.help.open() }, icon("help"), "Help"),
    ];
    const narrow = (item: HTMLElement) => (item instanceof HTMLAnchorElement ? "" : "narrow");
    this.navigation.append(h("ul", null, ...items.map((item) => h("li", { class: narrow(item) }, item))));
    const help = { "aria-label": "Help and keys", title: "Help and keys (?)", onclick: () => this.help.open() };
    return h(
      "header.bar",
      null,
      home,
      this.box.element,
      this.navigation,
      h("div.bar-buttons", null, this.account, themeButton(), h("button.icon-button", help, icon("help")), menu),
    );
  }

  private link(view: View, name: string): HTMLAnchorElement {
    const link = h("a", { href: "/" }, name);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      store.change(viewState(view));
    });
    return link;
  }

  setSession(session: Session): void {
    if (!session.token_required) return;
    const leave = async () => {
      await attempt(() => api.signOut());
      location.assign("/");
    };
    fill(this.account, h("button.plain", { onclick: () => void leave() }, "Sign out"));
  }

  update(now: State): void {
    kViews.forEach(([view], at) => {
      const link = this.links[at]!;
      link.href = writeState(viewState(view));
      if (view === now.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    const view = this.view(now.view);
    if (this.shown !== now.view) {
      fill(this.main, view.element);
      window.scrollTo({ top: 0 });
      this.shown = now.view;
      view.update(now);
    } else if (now.view !== "evaluate" && now.view !== "index") view.update(now);
    document.body.dataset.view = now.view;
    document.title = now.q ? `${now.q} · Sightline` : "Sightline";
    this.detail.update(now.item);
  }

  private view(name: View): { element: HTMLElement; update(state: State): unknown } {
    const make = {
      search: () => this.search,
      compare: () => new CompareView(),
      judge: () => new JudgeView(),
      evaluate: () => new EvaluateView(),
      index: () => new IndexView(),
    };
    return (this.views[name] ??= make[name]());
  }

  /** Says why nothing can be shown, or asks for the token. */
  showInstead(content: HTMLElement): void {
    this.shown = "";
    document.body.dataset.view = "none";
    fill(this.main, content);
  }

  private key(event: KeyboardEvent): void {
    const modified = event.ctrlKey || event.altKey || event.metaKey;
    if (event.defaultPrevented || modified || isTyping(event.target) || !this.shown) return;
    if (event.key === "Escape") this.search.selection.clear();
    if (!keysAreOn() || document.querySelector("dialog[open]")) return;
    const panel = (name: Panel) => () =>
      store.now.view === "search" && store.change({ panel: store.now.panel === name ? "" : name }, { replace: true });
    const actions: Record<string, () => unknown> = {
      "/": () => this.box.input.select(),
      "?": () => this.help.open(),
      f: panel("filters"),
      t: panel("timeline"),
      p: panel("places"),
    };
    kViews.forEach(([view], at) => (actions[`${at + 1}`] = () => store.change(viewState(view))));
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

const page = new Page();
page.start();

function signIn(): void {
  page.showInstead(signInForm(() => void begin()));
}

async function begin(): Promise<void> {
  try {
    const session = await api.session();
    if (session.token_required && !session.signed_in) return signIn();
    current.unauthorized = signIn;
    current.writable = session.writable;
    page.setSession(session);
    page.update(store.now);
  } catch (error) {
    const again = h("button.plain", { onclick: () => void begin() }, "Try again");
    const box = notice("alert", "error", h("p", null, errorText(error)), again);
    box.setAttribute("role", "alert");
    page.showInstead(h("div.page", null, h("h1", null, "No connection"), box));
  }
  return undefined;
}

void begin();
