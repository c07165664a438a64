// Writes src/coast.ts: the coastlines of the map of places, in whole degrees, as one SVG path.
//
//     node tools/coastlines.mjs LAND-110M.JSON > src/coast.ts
//
// The input is Natural Earth's land at 1 : 110 million (public domain), here in the TopoJSON of the npm package
// world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`, file land-110m.json).
import { readFileSync } from "node:fs";

const kStep = 0.5; // degrees to which points are rounded
const kSmallest = 6; // square degrees; smaller islands are left out

const { arcs, transform, objects } = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** The points of an arc in degrees; TopoJSON stores differences of integers. */
function decode(arc) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
}

const ring = (indices) =>
  indices.flatMap((index) => (index < 0 ? decode(arcs[~index]).reverse() : decode(arcs[index])));

const area = (points) =>
  Math.abs(
    points.reduce((sum, [x, y], at) => {
      const [nextX, nextY] = points[(at + 1) % points.length];
      return sum + x * nextY - nextX * y;
    }, 0),
  ) / 2;

const round = (value) => Math.round(value / kStep) * kStep;

/** Rounds points, and drops repeated ones and those between two on a line. */
function simplify(points) {
  const rounded = points.map(([x, y]) => [round(x), round(-y)]);
  const distinct = rounded.filter(([x, y], at) => at === 0 || x !== rounded[at - 1][0] || y !== rounded[at - 1][1]);
  return distinct.filter(([x, y], at) => {
    const before = distinct[at - 1];
    const after = distinct[at + 1];
    return !before || !after || (x - before[0]) * (after[1] - y) !== (after[0] - x) * (y - before[1]);
  });
}

function path(points) {
  let [x, y] = points[0];
  let text = `M${x} ${y}l`;
  for (const [nextX, nextY] of points.slice(1)) {
    const [dx, dy] = [nextX - x, nextY - y];
    text += `${/l$/.test(text) || dx < 0 ? "" : " "}${dx}${dy < 0 ? "" : " "}${dy}`.replace(/(?<!\d)0\.5/g, ".5");
    [x, y] = [nextX, nextY];
  }
  return `${text}z`;
}

const polygons = objects.land.geometries.flatMap((geometry) =>
  geometry.type === "Polygon" ? [geometry.arcs] : geometry.arcs,
);
const rings = polygons
  .flat()
  .map(ring)
  .filter((points) => area(points) >= kSmallest)
  .map(simplify);
console.log(
  "// Coastlines in degrees: x is the longitude, y the latitude downward. Written by tools/coastlines.mjs from",
);
console.log("// Natural Earth's land at 1 : 110 million, which is in the public domain.");
console.log("// prettier-ignore");
console.log(`export const kCoast = "${rings.map(path).join("")}";`);
