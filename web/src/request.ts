// Makes the requests of a search from the state of the page.
import { api, ApiError, type Parameters, type SearchAnswer } from "./api";
import { base64, readImages, type WeightedImage } from "./images";
import { formatQuery, isTerm, parseQuery } from "./query";
import type { FetchPage } from "./results";
import type { State } from "./state";

/** The query of the start page, which lists all images. */
export const kEverything = "width:>0 sort:-date";

/** The key of a search: states with the same key show the same hits. */
export const searchKey = (state: State): string =>
  JSON.stringify([state.q.trim(), state.images, state.model, state.group, state.diversity, state.refine]);

export const hasTerms = (state: State): boolean => state.images !== "" || parseQuery(state.q).some(isTerm);

function parameters(state: State): Parameters {
  return {
    q: state.q.trim(),
    group: state.group,
    diversity: state.diversity || undefined,
    judge: hasTerms(state) || undefined,
    model: state.model,
  };
}

/** The function that loads pages of the state's search. */
export function pageLoader(state: State): FetchPage {
  const images = readImages(state.images);
  if (images.length) return imagePages(state, images);
  if (state.refine) return refinedPages(state);
  const all = { ...parameters(state), q: state.q.trim() || kEverything };
  return (offset, k, signal) => api.search({ ...all, k, offset: offset || undefined }, signal);
}

function refinedPages(state: State): FetchPage {
  let feedback: Promise<object> | undefined;
  const load = async (signal: AbortSignal) => {
    const records = await api.judgements(state.q.trim(), signal);
    const ids = (value: string) => records.filter((record) => record.judgement === value).map((record) => record.id);
    return { relevant: ids("relevant"), irrelevant: ids("irrelevant") };
  };
  return async (offset, k, signal) => {
    feedback ??= load(signal);
    const { q, group, diversity, judge, model } = parameters(state);
    const options = { group, diversity, judge, model: model || undefined };
    return api.searchJson({ q, ...options, k, offset, feedback: await feedback }, signal);
  };
}

function imagePages(state: State, images: WeightedImage[]): FetchPage {
  const missing = images.some(({ image }) => !image);
  const gone = new ApiError(
    410,
    "The image is gone",
    "An image of this query is no longer in memory, because the page was loaded again. Choose it again.",
  );
  if (images.every(({ weight }) => weight === 1)) {
    return async (offset, k, signal) => {
      if (missing) throw gone;
      const files = images.map(({ image }) => image!.file);
      return api.searchImages(files, { ...parameters(state), k, offset }, signal);
    };
  }
  let query: Promise<object> | undefined;
  return async (offset, k, signal): Promise<SearchAnswer> => {
    if (missing) throw gone;
    query ??= jsonQuery(state, images, signal);
    const { group, diversity, judge, model } = parameters(state);
    const options = { group, diversity, judge, model: model || undefined };
    return api.searchJson({ query: await query, ...options, k, offset }, signal);
  };
}

/** The query in JSON, which is the only form in which images have weights. The server parses the filters. */
async function jsonQuery(state: State, images: WeightedImage[], signal: AbortSignal): Promise<object> {
  const parts = parseQuery(state.q);
  const filters = parts.filter((part) => !isTerm(part));
  const parsed = filters.length ? (await api.search({ q: formatQuery(filters), k: 1 }, signal)).query : undefined;
  const terms: object[] = parts.filter(isTerm).map((part) => {
    const name = part.kind === "text" ? "text" : "item";
    return { [name]: part.text, weight: part.weight };
  });
  for (const { image, weight } of images)
    terms.push({ image: image!.file.name, data: await base64(image!.file), weight });
  return { terms, filter: parsed?.filter, sort: parsed?.sort };
}
