import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const root = import.meta.dirname ?? new URL(".", import.meta.url).pathname;

/** The files that the build depends on, relative to this folder, sorted by code unit. */
function sources() {
  const below = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? below(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
  const files = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.js"];
  return [...files, ...below("public"), ...below("src")].sort((a, b) => (a < b ? -1 : 1));
}

/** Writes dist/sources.sha256, in the format of sha256sum, so that a test without Node can tell an old build. */
const hashes = {
  name: "sightline-hashes",
  closeBundle() {
    const line = (file) =>
      `${createHash("sha256")
        .update(readFileSync(join(root, file)))
        .digest("hex")}  ${file}\n`;
    writeFileSync(join(root, "dist/sources.sha256"), sources().map(line).join(""));
  },
};

export default defineConfig({
  base: "/",
  plugins: [hashes],
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: true,
    rollupOptions: {
      // Names without hashes: the server revalidates with ETags, and the program embeds files of fixed names.
      output: { entryFileNames: "app.js", assetFileNames: "app[extname]", inlineDynamicImports: true },
    },
  },
});
