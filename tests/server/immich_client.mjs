// Sends the requests of immich's server to a machine-learning server, and prints the answers as JSON.
// Source: immich, server/src/repositories/machine-learning.repository.ts (check, predict, encodeImage, encodeText)
import { readFile } from "node:fs/promises";

const [url, imagePath, text] = process.argv.slice(2);

async function predict(config, name, value) {
  const form = new FormData();
  form.append("entries", JSON.stringify(config));
  form.append(name, value);
  const response = await fetch(new URL("/predict", url), { method: "POST", body: form });
  return { status: response.status, body: await response.json() };
}

const modelName = "ViT-B-32__openai";
const ping = await fetch(new URL("/ping", url), { signal: AbortSignal.timeout(2000) });
const image = new Blob([new Uint8Array(await readFile(imagePath))]);
const visual = await predict({ clip: { visual: { modelName } } }, "image", image);
const textual = await predict({ clip: { textual: { modelName, options: { language: "de" } } } }, "text", text);
const faces = { "facial-recognition": { detection: { modelName, options: { minScore: 0.7 } }, recognition: { modelName } } };
const other = await predict(faces, "image", image);
console.log(JSON.stringify({ ping: ping.ok, visual, textual, other }));
