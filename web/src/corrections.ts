// Learned corrections of the text side: learn, compare versions, switch on and off.
import { api, session, type Correction, type Corrections } from "./api";
import { attempt, errorText, fill, h } from "./dom";
import { intervalText } from "./plot";
import { notice } from "./status";
import { dateText } from "./words";

const signed = (value: number | undefined): string =>
  value === undefined ? "" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;

const fixed = (value: number | undefined): string => value?.toFixed(3) ?? "";

export class CorrectionsSection {
  private message = h("div", { role: "status" });
  private content = h("div");
  readonly element = h(
    "section",
    { "aria-labelledby": "corrections-title" },
    h("h2", { id: "corrections-title" }, "Learned corrections"),
    h(
      "p.quiet",
      null,
      "A small correction of text vectors, learned from the judgements. It is accepted only if judgements that were held out improve.",
    ),
    this.message,
    this.content,
  );

  constructor(private changed: () => void) {}

  async load(): Promise<void> {
    try {
      this.draw(await api.corrections());
    } catch (error) {
      fill(this.content, notice("alert", "error", errorText(error)));
    }
  }

  private draw({ enabled, active, versions }: Corrections): void {
    if (!enabled) {
      fill(this.content, notice("info", "info", "This server was started without corrections."));
      return;
    }
    const rows = versions.map((version) => this.row(version, active));
    const head = ["Version", "Created", "Judgements", "Before", "After", "Difference (95 %)", "p", "State"];
    fill(
      this.content,
      session.writable &&
        h(
          "div.buttons",
          null,
          this.learnButton(),
          h("button.plain", { disabled: active === null, onclick: () => void this.activate(null) }, "Switch off"),
        ),
      rows.length > 0 &&
        h(
          "div.scroll-x",
          { tabindex: 0, role: "region", "aria-label": "Versions" },
          h(
            "table",
            null,
            h("thead", null, h("tr", null, ...head.map((text) => h("th", { scope: "col" }, text)))),
            h("tbody", null, ...rows),
          ),
        ),
    );
  }

  private row(version: Correction, active: number | null): HTMLElement {
    const isActive = version.version !== null && version.version === active;
    const use = () => void this.activate(version.version);
    const state = isActive
      ? h("b", null, "active")
      : version.accepted && session.writable
        ? h("button.plain", { onclick: use, "aria-label": `Use version ${version.version}` }, "Use")
        : h("span.quiet", null, version.accepted ? "accepted" : "refused");
    const difference = `${signed(version.difference)}${version.interval ? ` (${intervalText(version.interval)})` : ""}`;
    const cells = [
      version.created ? dateText(version.created) : "",
      `${version.judgements ?? ""}`,
      fixed(version.before),
      fixed(version.after),
      difference,
      fixed(version.p),
    ];
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, `${version.version ?? "–"}`),
      ...cells.map((text) => h("td.number", null, text)),
      h("td", null, state),
    );
  }

  private learnButton(): HTMLElement {
    const button = h("button.primary", null, "Learn from the judgements");
    button.addEventListener("click", async () => {
      button.disabled = true;
      button.textContent = "Learning …";
      const answer = await attempt(() => api.learnCorrection());
      if (answer) this.report(answer);
      await this.load();
      this.changed();
    });
    return button;
  }

  private report(answer: Correction): void {
    const figures =
      answer.before !== undefined
        ? ` ${fixed(answer.before)} before, ${fixed(answer.after)} after, p ${fixed(answer.p)}.`
        : "";
    const text = answer.accepted
      ? `Version ${answer.version} is accepted.`
      : `Refused: ${answer.reason ?? "no improvement"}.`;
    fill(
      this.message,
      notice(answer.accepted ? "check" : "info", answer.accepted ? "info" : "warning", text + figures),
    );
  }

  private async activate(version: number | null): Promise<void> {
    await attempt(() => api.activateCorrection(version));
    fill(this.message);
    await this.load();
    this.changed();
  }
}
