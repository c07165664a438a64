// The state of the index: numbers, progress, start and cancel, and files that could not be read.
import { api, session, type Failure, type IndexStatus } from "./api";
import { attempt, errorText, fill, h } from "./dom";
import { store } from "./state";
import { notice } from "./status";
import { count, counted, dateText, durationText } from "./words";

const kPage = 50;
const kPollMs = 1000;

/** The progress of a running update, in words. */
function progressText(progress: IndexStatus["progress"]): string {
  if (!progress) return "Looking for changed files …";
  const { done, total, rate, seconds_left: left } = progress;
  const parts = [
    total ? `${count(done)} of ${counted(total, "image")}` : counted(done, "image"),
    rate !== undefined && `${rate.toFixed(0)} per second`,
    left !== undefined && `${durationText(left)} left`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** Seconds since 1970 as a date and a time. */
const timeText = (seconds: number): string => dateText(new Date(seconds * 1000).toISOString());

export class IndexView {
  private status = h("section", { "aria-label": "State" });
  private failures = h("section", { "aria-labelledby": "failures-title" });
  readonly element = h("div.page", null, h("h1", null, "Index"), this.status, this.failures);
  private offset = 0;
  private timer = 0;
  private wasRunning = false;

  update(): void {
    void this.load();
    void this.loadFailures();
  }

  private async load(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const status = await api.index();
      this.draw(status);
      if (this.wasRunning && !status.running) void this.loadFailures();
      this.wasRunning = status.running;
      if (status.running && store.now.view === "index") this.timer = window.setTimeout(() => void this.load(), kPollMs);
    } catch (error) {
      fill(this.status, notice("alert", "error", errorText(error)));
    }
  }

  private draw(status: IndexStatus): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
    const number = (value: number, name: string) =>
      h("div.stat", null, h("b", null, count(value)), h("span", null, name));
    fill(
      this.status,
      h(
        "div.stats",
        null,
        number(status.images, "images"),
        number(status.files, "files"),
        number(status.captions, "captions"),
        number(status.failures, "failures"),
      ),
      this.work(status),
    );
    if (focused) this.status.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
  }

  private work(status: IndexStatus): HTMLElement {
    if (status.writer) return notice("info", "info", `Another process keeps the index up to date: ${status.writer}.`);
    if (!status.running && !session.writable) return notice("info", "info", "This server does not change the index.");
    if (!status.running) {
      const start = async () => {
        await attempt(() => api.startIndex());
        await this.load();
      };
      return h(
        "div.buttons",
        null,
        h("button.primary", { "data-key": "work", onclick: () => void start() }, "Update the index"),
      );
    }
    const cancel = async () => {
      await attempt(() => api.cancelIndex());
      await this.load();
    };
    const text = progressText(status.progress);
    const bar = h("progress.wide", { "aria-label": "Progress of the update" });
    if (status.progress?.total) {
      bar.max = status.progress.total;
      bar.value = status.progress.done;
    }
    if (status.watching) {
      const idle = status.progress?.stage === "watching";
      return h("div", null, h("p", null, "The server follows the library's folders. ", !idle && text), !idle && bar);
    }
    return h(
      "div",
      null,
      h("p", null, "The index is being updated. ", text),
      bar,
      h("div.buttons", null, h("button.plain", { "data-key": "work", onclick: () => void cancel() }, "Cancel")),
    );
  }

  private async loadFailures(): Promise<void> {
    const title = h("h2", { id: "failures-title" }, "Files that could not be read");
    try {
      const { total, failures } = await api.failures(kPage, this.offset);
      if (total === 0) {
        fill(this.failures, title, h("p.quiet", null, "None."));
        return;
      }
      fill(this.failures, title, this.table(failures), this.pages(total));
    } catch (error) {
      fill(this.failures, title, notice("alert", "error", errorText(error)));
    }
  }

  private table(failures: Failure[]): HTMLElement {
    const rows = failures.map((failure) =>
      h(
        "tr",
        null,
        h("th", { scope: "row" }, failure.path),
        h("td", null, failure.reason),
        h("td", null, timeText(failure.failed)),
        h("td", null, failure.retry > 0 ? timeText(failure.retry) : "if it changes"),
      ),
    );
    const head = ["File", "Reason", "When", "Tried again"].map((text) => h("th", { scope: "col" }, text));
    const region = { tabindex: 0, role: "region", "aria-label": "Table of these files" };
    return h(
      "div.scroll-x",
      region,
      h("table.failures", null, h("thead", null, h("tr", null, ...head)), h("tbody", null, ...rows)),
    );
  }

  private pages(total: number): HTMLElement | false {
    if (total <= kPage) return false;
    const go = (by: number) => {
      this.offset += by;
      void this.loadFailures();
    };
    const last = Math.min(total, this.offset + kPage);
    return h(
      "div.buttons",
      null,
      h("button.plain", { disabled: this.offset === 0, onclick: () => go(-kPage) }, "Previous"),
      h("span", null, `${this.offset + 1} to ${last} of ${count(total)}`),
      h("button.plain", { disabled: last >= total, onclick: () => go(kPage) }, "Next"),
    );
  }
}
