// The evaluation: quality on the judgements, models side by side, reports, and learned corrections.
import { api, type Evaluation, type Measured, type Report } from "./api";
import { CorrectionsSection } from "./corrections";
import { errorText, fill, h } from "./dom";
import { historyPlot, intervalBar, intervalText } from "./plot";
import { store } from "./state";
import { notice } from "./status";
import { counted } from "./words";

function measuredTable(caption: string, head: string, rows: Measured[]): HTMLElement {
  const body = rows.map((row) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, row.name),
      h("td.number", null, row.value.toFixed(3)),
      h("td.number", null, intervalText(row.interval)),
      h("td.plot-cell", null, intervalBar(row)),
    ),
  );
  const columns = [head, "Value", "95 % interval"].map((text) => h("th", { scope: "col" }, text));
  return h(
    "table.measured",
    null,
    h("caption", null, caption),
    h("thead", null, h("tr", null, ...columns, h("td"))),
    h("tbody", null, ...body),
  );
}

function quality(evaluation: Evaluation): HTMLElement {
  if (evaluation.queries === 0) {
    const judge = h("button.link", { onclick: () => store.change({ view: "judge", q: "" }) }, "Judge some queries");
    return notice("info", "info", "There are no judgements yet. ", judge, ", or mark hits of a search as relevant.");
  }
  const main = evaluation.metrics[0]?.name ?? "Quality";
  const judged = evaluation.history[0]?.name ?? "";
  const history = evaluation.history.filter(({ name }) => name === judged);
  const models = evaluation.models.flatMap(({ name, metrics }) => {
    const metric = metrics.find((other) => other.name === main);
    return metric ? [{ ...metric, name }] : [];
  });
  return h(
    "div",
    null,
    h("p.quiet", null, `Measured on ${counted(evaluation.queries, "judged query", "judged queries")}.`),
    evaluation.metrics.length > 0 && measuredTable("Metrics of the active model", "Metric", evaluation.metrics),
    history.length > 0 && historyPlot(history, judged),
    models.length > 0 && measuredTable(`${main} of all models`, "Model", models),
  );
}

function reports(list: Report[]): HTMLElement {
  if (list.length === 0)
    return h("p.quiet", null, "No reports. Start the server with --report FOLDER to show those of sightline eval.");
  const entries = list.map(({ path, title, name }) => h("li", null, h("a", { href: path }, title || name)));
  return h("ul.reports", null, ...entries);
}

export class EvaluateView {
  private quality = h("section", { "aria-labelledby": "quality-title" });
  private reports = h("section", { "aria-labelledby": "reports-title" });
  private corrections = new CorrectionsSection(() => void this.load());
  readonly element = h(
    "div.page",
    null,
    h("h1", null, "Evaluation"),
    this.quality,
    this.corrections.element,
    this.reports,
  );

  update(): void {
    void this.load();
    void this.corrections.load();
  }

  private async load(): Promise<void> {
    const title = h("h2", { id: "quality-title" }, "Quality on the judgements");
    const titleOfReports = h("h2", { id: "reports-title" }, "Reports");
    const show = async (section: HTMLElement, head: HTMLElement, content: () => Promise<HTMLElement>) => {
      if (!section.childElementCount) fill(section, head, h("p.quiet", null, "Loading …"));
      try {
        fill(section, head, await content());
      } catch (error) {
        fill(section, head, notice("alert", "error", errorText(error)));
      }
    };
    await Promise.all([
      show(this.quality, title, async () => quality(await api.evaluation())),
      show(this.reports, titleOfReports, async () => reports(await api.reports())),
    ]);
  }
}
