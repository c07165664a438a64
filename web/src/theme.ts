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

const apply = (): void => {
  if (current() === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current();
};

export function themeButton(): HTMLElement {
  const button = h("button.icon-button");
  const draw = () => {
    apply();
    button.setAttribute("aria-label", `Colours: ${kLabels[current()]}`);
    button.title = `Colours: ${kLabels[current()]}`;
    fill(button, icon(kIcons[current()]));
  };
  button.addEventListener("click", () => {
    chosen.set(kThemes[(kThemes.indexOf(current()) + 1) % kThemes.length]!);
    draw();
  });
  draw();
  return button;
}
