// Images that the user dropped, pasted or chose. They stay in memory; the address holds their keys.
import { toast } from "./dom";

export interface QueryImage {
  key: string;
  file: File;
  url: string;
}

export interface WeightedImage {
  key: string;
  weight: number;
  image: QueryImage | undefined; // missing after a reload
}

const kept = new Map<string, QueryImage>();
const kMost = 8;

// Keys are unique across reloads, so that an old address never shows another image.
const session = Date.now().toString(36);

/** Keeps images and returns their keys. Files that are not images are refused with a sentence. */
export function keepImages(files: Iterable<File>): string[] {
  const images = [...files].filter((file) => file.type.startsWith("image/") || file.type === "");
  if (images.length === 0) toast("Expected an image file, such as JPEG or PNG.", "error");
  if (images.length > kMost) toast(`A query has at most ${kMost} images; the first ${kMost} are used.`);
  return images.slice(0, kMost).map((file) => {
    const key = `${session}-${kept.size}`;
    kept.set(key, { key, file, url: URL.createObjectURL(file) });
    return key;
  });
}

/** Reads "KEY,KEY*0.5". */
export function readImages(text: string): WeightedImage[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((part) => {
      const [key, weight] = part.split("*");
      return { key: key!, weight: Number(weight ?? 1) || 1, image: kept.get(key!) };
    });
}

export const writeImages = (images: { key: string; weight: number }[]): string =>
  images.map(({ key, weight }) => (weight === 1 ? key : `${key}*${weight}`)).join(",");

/** The bytes of a file in base64. */
export async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
