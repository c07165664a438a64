// Splits a query into its terms and filters, and writes it again, so that chips can change one part of it.
// docs/query_language.md defines the grammar; the server's parser reports errors.

export interface TermPart {
  kind: "text" | "like" | "image";
  text: string;
  quoted: boolean;
  weight: number; // negative: subtracted
}

export interface FilterPart {
  kind: "filter";
  key: string;
  value: string; // as typed, quotes included
  negated: boolean;
}

export type Part = TermPart | FilterPart;

const kKeys = new Set(
  "in name caption tag camera lens before after date size width height rating near box similarity sort".split(" "),
);

export const isTerm = (part: Part): part is TermPart => part.kind !== "filter";

/** The words of a query with their signs; a quoted part and its suffix stay together. */
const words = (query: string): string[] => query.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"]|(?<=\S)")+/gu) ?? [];

const unquote = (text: string): string => text.slice(1, text.endsWith('"') ? -1 : undefined).replace(/\\(.)/gu, "$1");

export const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

function splitWeight(word: string): [string, number | undefined] {
  const match = /^(.+)\*(\d+(?:\.\d*)?|\.\d+)$/su.exec(word);
  if (!match || /^\d+$/.test(match[1]!) || Number(match[2]) <= 0) return [word, undefined];
  return [match[1]!, Number(match[2])];
}

function keyed(word: string, negated: boolean): Part | undefined {
  const match = /^(field\.[^:]+|[a-z]+):(?!:)(.+)$/isu.exec(word);
  if (!match) return undefined;
  const key = match[1]!.startsWith("field.") ? match[1]! : match[1]!.toLowerCase();
  if (key === "like" || key === "image") {
    const [name, weight = 1] = splitWeight(match[2]!);
    const quoted = name.startsWith('"');
    return { kind: key, text: quoted ? unquote(name) : name, quoted, weight: negated ? -weight : weight };
  }
  if (!kKeys.has(key) && !key.startsWith("field.")) return undefined;
  return { kind: "filter", key, value: match[2]!, negated };
}

/** The parts of a query in their order. Text that the server would refuse becomes words. */
export function parseQuery(query: string): Part[] {
  const parts: Part[] = [];
  let open: TermPart | undefined; // words that the next word continues
  for (const word of words(query)) {
    if (word === "+") {
      open = undefined;
      continue;
    }
    const sign = /^[+-](?=[\p{L}"])/u.exec(word)?.[0] ?? "";
    const bare = word.slice(sign.length);
    const part = keyed(bare, sign === "-");
    if (part) {
      parts.push(part);
      open = undefined;
      continue;
    }
    const [text, given] = splitWeight(bare);
    const factor = (sign === "-" ? -1 : 1) * (given ?? 1);
    if (text.startsWith('"')) {
      parts.push({ kind: "text", text: unquote(text), quoted: true, weight: factor });
      open = undefined;
    } else if (open && !sign) {
      open.text += ` ${text}`;
      open.weight = factor;
    } else {
      open = { kind: "text", text, quoted: false, weight: factor };
      parts.push(open);
    }
    if (given !== undefined || sign === "-") open = undefined;
  }
  return parts;
}

export const formatNumber = (value: number): string => `${Math.round(value * 100) / 100}`;

function formatTerm(term: TermPart): string {
  const weight = Math.abs(term.weight) === 1 ? "" : `*${formatNumber(Math.abs(term.weight))}`;
  const sign = term.weight < 0 ? "-" : "";
  const unsafe = (sign && /[\s]|^[^\p{L}]/u.test(term.text)) || (weight && /^\d+$/.test(term.text));
  const text = term.quoted || unsafe ? quote(term.text) : term.text;
  return sign + (term.kind === "text" ? "" : `${term.kind}:`) + text + weight;
}

const isPlain = (part: Part | undefined): boolean => part?.kind === "text" && !part.quoted && part.weight === 1;

/** Writes parts as a query; ` + ` separates words that would become one term. */
export function formatQuery(parts: Part[]): string {
  let text = "";
  parts.forEach((part, at) => {
    const previous = parts[at - 1];
    const continues = isPlain(previous) && part.kind === "text" && !part.quoted && part.weight > 0;
    if (at > 0) text += continues ? " + " : " ";
    text += isTerm(part) ? formatTerm(part) : `${part.negated ? "-" : ""}${part.key}:${part.value}`;
  });
  return text;
}

/** A filter `key:value`, with quotes where the value needs them. */
export function filterOf(key: string, value: string): FilterPart {
  return { kind: "filter", key, value: /[\s",]/.test(value) ? quote(value) : value, negated: false };
}

export function hasFilter(query: string, filter: FilterPart): boolean {
  return parseQuery(query).some(
    (part) => !isTerm(part) && part.key === filter.key && part.value === filter.value && !part.negated,
  );
}

/** Adds a filter, or removes it where the query has it. `single`: other filters of its key go. */
export function toggleFilter(query: string, filter: FilterPart, single = false): string {
  const parts = parseQuery(query);
  const same = (part: Part) => !isTerm(part) && part.key === filter.key && !part.negated;
  const present = parts.some((part) => same(part) && (part as FilterPart).value === filter.value);
  const kept = parts.filter((part) => !(same(part) && (single || (part as FilterPart).value === filter.value)));
  return formatQuery(present ? kept : [...kept, filter]);
}

const kWeights = [-3, -2, -1.5, -1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/** The next weight of the steps that chips offer; the same weight at an end. */
export function stepWeight(weight: number, up: boolean): number {
  if (up) return kWeights.find((step) => step > weight) ?? weight;
  return [...kWeights].reverse().find((step) => step < weight) ?? weight;
}
