// The HTTP API of `sightline serve`, typed. All requests of the page are made here.

export type Judgement = "relevant" | "irrelevant";

export interface Term {
  type: "text" | "item" | "image";
  text?: string;
  id?: string;
  name?: string;
  weight: number;
}

export interface Duplicate {
  id: string;
  similarity: number | null;
  name: string;
  path: string;
  captions?: string[];
  width?: number; // unknown for some images of data sets
  height?: number;
}

export interface Hit extends Duplicate {
  rank: number;
  p?: number;
  q?: number;
  dataset?: string;
  captions: string[];
  date?: string;
  copies?: string[];
  duplicates?: Duplicate[];
  judgement?: Judgement;
}

export interface Significance {
  verdict: "match" | "weak" | "no match" | "unknown";
  p: number;
  matches: number;
  fdr: number;
}

export interface SearchAnswer {
  query: { text: string; terms: Term[]; filter: object[]; sort?: string };
  model: { name: string; fingerprint: string } | null;
  images: number;
  matching: number;
  k: number;
  offset: number;
  significance?: Significance;
  hits: Hit[];
  correction?: number | null;
  timing_ms: { wait: number; encode: number; search: number; total: number };
  warnings: string[];
}

export interface Item {
  id: string;
  name: string;
  path: string;
  dataset?: string;
  captions?: string[];
  width?: number;
  height?: number;
  format?: string;
  size_bytes?: number;
  date?: string;
  camera?: string;
  lens?: string;
  location?: { latitude: number; longitude: number };
  rating?: number;
  tags?: string[];
  title?: string;
  fields?: Record<string, string>;
  copies?: string[];
  terms?: { text?: string; id?: string; weight: number; similarity: number }[];
  similarity?: number;
}

/** A rectangle in pixels of the upright image. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Explanation {
  similarity: number;
  words: { term: number; word: string; contribution: number }[];
  parts: number[]; // per term: in how many parts its text was read
  width: number;
  height: number;
  seen: Region;
  cut_share: number;
  heat: { rows: number; columns: number; values: number[]; input: Region };
  captions: { text: string; similarity: number; own: boolean }[];
  captions_compared: number;
}

export interface Suggestion {
  insert: string;
  label: string;
  kind: string;
  count?: number;
}

export interface FacetValue {
  value: string;
  count: number;
}

export interface Facets {
  matching: number;
  cameras: FacetValue[];
  lenses: FacetValue[];
  tags: FacetValue[];
  folders: FacetValue[];
  datasets: FacetValue[];
  ratings: FacetValue[];
  dates?: { from?: string; to?: string };
}

export interface Timeline {
  months: { month: string; count: number }[];
  undated: number;
}

export interface Cell {
  latitude: number;
  longitude: number;
  count: number;
  id: string;
}

export interface Places {
  cells: Cell[];
  without: number;
}

export interface Model {
  name: string;
  fingerprint: string;
  dim: number;
  precision: string;
  active: boolean;
  images: number;
  loaded: boolean;
}

export interface IndexStatus {
  images: number;
  files: number;
  rows: number;
  captions: number;
  failures: number;
  running: boolean;
  watching?: boolean;
  progress?: { stage?: string; done: number; total?: number; failed?: number; rate?: number; seconds_left?: number };
  problem?: string; // why the last run failed
  writer?: string | null;
  last?: Record<string, unknown> | null;
}

export interface Failure {
  path: string;
  reason: string;
  attempts?: number;
  failed: number; // seconds since 1970
  retry: number; // time of the next attempt; 0: when the file changes
}

export interface JudgementRecord {
  query: string;
  id: string;
  judgement: Judgement;
  time: string;
}

export interface Correction {
  version: number | null;
  created?: string;
  model?: string;
  judgements?: number;
  queries?: number;
  before?: number;
  after?: number;
  difference?: number;
  interval?: [number, number];
  p?: number;
  accepted: boolean;
  reason?: string;
}

export interface Corrections {
  enabled: boolean;
  active: number | null;
  versions: Correction[];
}

export interface JudgingQuery {
  query: string;
  judged: number;
}

export interface PoolItem {
  id: string;
  name: string;
  path: string;
  captions: string[];
  judgement?: Judgement;
}

export interface Measured {
  name: string;
  value: number;
  interval?: [number, number];
}

export interface Evaluation {
  queries: number;
  metrics: Measured[]; // of the active model
  history: (Measured & { day: string })[];
  models: { name: string; active?: boolean; metrics: Measured[] }[];
}

export interface Report {
  name: string;
  title: string;
  path: string;
}

export interface Session {
  token_required: boolean;
  signed_in: boolean;
  show_paths: boolean;
  writable: boolean;
  version: string;
}

/** A problem document (RFC 9457), or a request that had no answer (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly column?: number,
    readonly retryAfter?: number,
  ) {
    super(detail || title);
  }
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

export type Parameters = Record<string, string | number | boolean | undefined>;

/** `/path?a=1`, without the parameters that are undefined or empty. */
export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, value === true ? "1" : value === false ? "0" : `${value}`);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** The page's session. `unauthorized` is called for each 401. */
export const session = { writable: true, unauthorized: () => {} };

async function problem(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get("Retry-After")) || undefined;
  let document: { title?: string; detail?: string; column?: number } = {};
  try {
    document = await response.json();
  } catch {
    // The answer of a proxy may have no JSON.
  }
  const title = document.title ?? `HTTP ${response.status}`;
  return new ApiError(response.status, title, document.detail ?? "", document.column, retry);
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method && init.method !== "GET") headers.set("X-Sightline", "1");
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: "same-origin" });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, "No answer", "The server does not answer. Check that sightline serve is running.");
  }
  if (response.ok) return response;
  if (response.status === 401) session.unauthorized();
  throw await problem(response);
}

const get = async <T>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> =>
  (await request(address(path, parameters), { signal })).json();

async function send<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, signal };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await request(path, init);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

let judged: Promise<unknown> = Promise.resolve();

/** Sends judgements one after the other, so that of two about the same image the later one is stored. */
function sendJudgement(body: object): Promise<void> {
  const sent = judged.then(() => send<void>("POST", "/v1/feedback", body));
  judged = sent.catch(() => undefined);
  return sent;
}

const item = (id: string): string => `/v1/items/${encodeURIComponent(id)}`;

export const imageUrl = (id: string): string => `/v1/images/${encodeURIComponent(id)}`;

/** The heat map of an explanation, transparent outside of what the model saw. */
export const explanationMapUrl = (id: string, q: string, model: string): string =>
  address(`${item(id)}/explanation/map`, { q, model });

/** The smallest thumbnail whose longest side has at least `pixels`. */
export function thumbnailUrl(id: string, pixels: number): string {
  const size = [160, 320, 640, 1280].find((side) => side >= pixels) ?? 2560;
  return `${imageUrl(id)}/thumbnail?size=${size}`;
}

export const api = {
  search: (parameters: Parameters, signal?: AbortSignal) => get<SearchAnswer>("/v1/search", parameters, signal),
  searchJson: (body: object, signal?: AbortSignal) => send<SearchAnswer>("POST", "/v1/search", body, signal),
  async searchImages(images: File[], parameters: Parameters, signal?: AbortSignal): Promise<SearchAnswer> {
    const form = new FormData();
    for (const image of images) form.append("image", image, image.name);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined && value !== "") form.append(name, value === true ? "1" : `${value}`);
    }
    return (await request("/v1/search", { method: "POST", body: form, signal })).json();
  },
  item: (id: string, q: string, model: string, signal?: AbortSignal) => get<Item>(item(id), { q, model }, signal),
  explanation: (id: string, q: string, model: string, signal?: AbortSignal) =>
    get<Explanation>(`${item(id)}/explanation`, { q, model }, signal),
  similar: (id: string, k: number, signal?: AbortSignal) =>
    get<SearchAnswer>(`${item(id)}/similar`, { k, group: 1 }, signal),
  suggest: (q: string, signal?: AbortSignal) =>
    get<{ suggestions: Suggestion[] }>("/v1/suggest", { q, k: 8 }, signal).then((answer) => answer.suggestions),
  facets: (q: string, signal?: AbortSignal) => get<Facets>("/v1/facets", { q }, signal),
  timeline: (q: string, signal?: AbortSignal) => get<Timeline>("/v1/timeline", { q }, signal),
  places: (q: string, signal?: AbortSignal) => get<Places>("/v1/places", { q }, signal),
  models: () => get<{ models: Model[] }>("/v1/models").then((answer) => answer.models),
  index: () => get<IndexStatus>("/v1/index"),
  startIndex: () => send<void>("POST", "/v1/index", undefined),
  cancelIndex: () => send<void>("DELETE", "/v1/index", undefined),
  failures: (k: number, offset: number) => get<{ total: number; failures: Failure[] }>("/v1/failures", { k, offset }),
  judge: (query: string, id: string, judgement: Judgement | "none", rank?: number, model?: string) =>
    sendJudgement({ query, id, judgement, rank, model }),
  judgements: (query: string, signal?: AbortSignal) =>
    judged
      .then(() => get<{ judgements: JudgementRecord[] }>("/v1/feedback", { query }, signal))
      .then((answer) => answer.judgements),
  judgementSummary: () =>
    get<{ judgements: number; relevant: number; irrelevant: number; queries: number }>("/v1/feedback/summary"),
  async importQrels(text: string): Promise<{ added: number; unknown: number }> {
    const headers = { "Content-Type": "text/plain" };
    return (await request("/v1/feedback/qrels", { method: "POST", headers, body: text })).json();
  },
  corrections: () => get<Corrections>("/v1/corrections"),
  learnCorrection: () => send<Correction>("POST", "/v1/corrections", undefined),
  activateCorrection: (version: number | null) => send<void>("PUT", "/v1/corrections/active", { version }),
  judgingQueries: () => get<{ queries: JudgingQuery[] }>("/v1/judging/queries").then((answer) => answer.queries),
  setJudgingQueries: (queries: string[]) => send<void>("PUT", "/v1/judging/queries", { queries }),
  pool: (query: string, signal?: AbortSignal) =>
    get<{ items: PoolItem[] }>("/v1/judging/pool", { query, depth: 20 }, signal).then((answer) => answer.items),
  evaluation: () => get<Evaluation>("/v1/evaluation"),
  reports: () => get<{ reports: Report[] }>("/v1/reports").then((answer) => answer.reports),
  session: () => get<Session>("/v1/session"),
  signIn: (token: string) => request("/v1/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } }),
  signOut: () => send<void>("DELETE", "/v1/session", undefined),
};

export const qrelsUrl = "/v1/feedback/qrels";
