// Numbers, dates and confidence in words.

const whole = new Intl.NumberFormat("en");

export const count = (value: number): string => whole.format(value);

export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const similarityText = (similarity: number | null | undefined): string =>
  typeof similarity === "number" ? similarity.toFixed(3).replace("-", "−") : "";

const kBytes = ["bytes", "kB", "MB", "GB", "TB"];

export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < kBytes.length - 1; ++unit) value /= 1000;
  return unit === 0 ? counted(bytes, "byte") : `${value.toFixed(value < 10 ? 1 : 0)} ${kBytes[unit]}`;
}

const kMonths = "January February March April May June July August September October November December".split(" ");

/** "2019-07" as "July 2019". */
export const monthText = (month: string): string =>
  `${kMonths[Number(month.slice(5, 7)) - 1] ?? ""} ${month.slice(0, 4)}`;

/** "2019-07-01T12:30:05" as "1 July 2019, 12:30". */
export function dateText(date: string): string {
  const day = Number(date.slice(8, 10));
  const time = date.length >= 16 ? `, ${date.slice(11, 16)}` : "";
  if (date.length < 7) return date;
  return day ? `${day} ${monthText(date)}${time}` : monthText(date);
}

export function durationText(seconds: number): string {
  if (seconds < 90) return counted(Math.round(seconds), "second");
  if (seconds < 5400) return counted(Math.round(seconds / 60), "minute");
  return counted(Math.round(seconds / 3600), "hour");
}

export function degreesText(latitude: number, longitude: number): string {
  const part = (value: number, names: string) => `${Math.abs(value).toFixed(1)}° ${value < 0 ? names[1] : names[0]}`;
  return `${part(latitude, "NS")}, ${part(longitude, "EW")}`;
}

export interface Confidence {
  word: string;
  level: 0 | 1 | 2 | 3;
}

/**
 * The confidence in a hit. q is the smallest false discovery rate at which it is a match, so that of hits with
 * q ≤ 0.05 at most one in twenty is expected to be wrong.
 */
export function confidence(q: number | undefined): Confidence | undefined {
  if (q === undefined) return undefined;
  if (q <= 0.01) return { word: "sure", level: 3 };
  if (q <= 0.05) return { word: "likely", level: 2 };
  if (q <= 0.5) return { word: "possible", level: 1 };
  return { word: "unsure", level: 0 };
}

export const qText = (q: number): string => (q < 0.001 ? "q < 0.001" : `q ${q < 0.1 ? q.toFixed(3) : q.toFixed(2)}`);

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
