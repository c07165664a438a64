// Dark and light: as the system says, or as the user chose.
import { fill, h } from "./dom";
import { icon } from "./icons";
import { setting } from "./state";

const kThemes = ["auto", "light", "dark"] as const;
type Theme = (typeof kThemes)[number];
const kIcons = { auto: "auto", light: "sun", dark: "moon" } as const;
const kLabels = { auto: "as the system", light: "light", dark: "dark" };

const chosen = setting("theme", "auto");

const current = (): Theme => kThemes.find((theme) => theme === chosen.get()) ?? "auto";

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

const apply = (): void => {
  const system = systemIsDark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = current() === "auto" ? system : current();
};

systemIsDark.addEventListener("change", apply);

const redraws: (() => void)[] = [];

/** A button that goes through the themes; with text, or as an icon. */
export function themeButton(withText = false): HTMLElement {
  const button = h("button", { class: withText ? "nav-button" : "icon-button" });
  redraws.push(() => {
    const label = `Colours: ${kLabels[current()]}`;
    button.title = label;
    if (!withText) button.setAttribute("aria-label", label);
    fill(button, icon(kIcons[current()]), withText && label);
  });
  const draw = () => {
    apply();
    for (const redraw of redraws) redraw();
  };
  button.addEventListener("click", () => {
    chosen.set(kThemes[(kThemes.indexOf(current()) + 1) % kThemes.length]!);
    draw();
  });
  draw();
  return button;
}
