// Builds elements. Texts become text nodes; nothing is ever parsed as HTML.

export type Child = Node | string | number | false | null | undefined;
type Handlers = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = Record<string, string | number | boolean | undefined | null | ((event: never) => void)>;

function assign(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (name === "value" && "value" in element) (element as HTMLInputElement).value = `${value}`;
    else element.setAttribute(name, value === true ? "" : `${value}`);
  }
}

const append = (element: Element, children: Child[]): void => {
  for (const child of children) {
    if (child !== false && child !== null && child !== undefined && child !== "")
      element.append(child instanceof Node ? child : `${child}`);
  }
};

/** An HTML element. `class.name` in the tag adds classes; attributes that begin with "on" are listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  attributes: (Attributes & Handlers) | null = null,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name!) as HTMLElementTagNameMap[K];
  if (classes.length) element.className = classes.join(" ");
  if (name === "button") element.setAttribute("type", "button");
  if (attributes) assign(element, attributes as Attributes);
  append(element, children);
  return element;
}

/** An SVG element. */
export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, attributes);
  append(element, children);
  return element;
}

export const fill = (element: Element, ...children: Child[]): void => {
  element.replaceChildren();
  append(element, children);
};

/** Sets a style property. The page's security policy forbids style attributes, but not this. */
export const style = (element: HTMLElement | SVGElement, properties: Record<string, string>): void => {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
};

export const debounce = (
  run: () => void,
  ms: number,
): { (): void; flush(): void; cancel(): void; pending(): boolean } => {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = 0;
      run();
    }, ms);
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const flush = () => {
    if (!timer) return;
    cancel();
    run();
  };
  return Object.assign(later, { flush, cancel, pending: () => timer !== 0 });
};

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]):not([type=range]), textarea, select");

const live = h("div.hidden", { role: "status", "aria-live": "polite", id: "live" });
document.body.append(live);

/** Says something to screen readers. */
export const announce = debouncedText((text) => (live.textContent = text), 250);

function debouncedText(run: (text: string) => void, ms: number): (text: string) => void {
  let latest = "";
  const later = debounce(() => run(latest), ms);
  return (text) => {
    latest = text;
    later();
  };
}

let toastTimer = 0;

/** Shows a sentence at the bottom of the window for some seconds. */
export function toast(text: string, kind: "info" | "error" = "info"): void {
  document.querySelector(".toast")?.remove();
  const box = h("div", { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" }, text);
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => box.remove(), 6000);
}

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

/** Messages of the program begin in lower case; as sentences of their own, they do not. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Runs an action of the user; a failure becomes a toast. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) toast(errorText(error), "error");
    return undefined;
  }
}
