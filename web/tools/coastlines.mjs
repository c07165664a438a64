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

/** Removes the jumps of a ring at the antimeridian; one around a pole is closed along the pole. */
function unwrap(points) {
  let shift = 0;
  const result = points.map(([x, y], at) => {
    const jump = at > 0 ? x - points[at - 1][0] : 0;
    if (Math.abs(jump) > 180) shift -= Math.sign(jump) * 360;
    return [x + shift, y];
  });
  const [first, last] = [result[0], result[result.length - 1]];
  if (Math.abs(first[0] - last[0]) > 180) result.push([last[0], -90], [first[0], -90]);
  return result;
}

/** A ring that crosses the antimeridian is drawn at both ends of the map. */
function copies(points) {
  const xs = points.map(([x]) => x);
  const moved = (by) => points.map(([x, y]) => [x + by, y]);
  if (Math.max(...xs) > 181) return [points, moved(-360)];
  if (Math.min(...xs) < -181) return [points, moved(360)];
  return [points];
}

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
  .map(unwrap)
  .filter((points) => area(points) >= kSmallest)
  .flatMap(copies)
  .map(simplify);
console.log(
  "// Coastlines in degrees: x is the longitude, y the latitude downward. Written by tools/coastlines.mjs from",
);
console.log("// Natural Earth's land at 1 : 110 million, which is in the public domain.");
console.log("// prettier-ignore");
console.log(`export const kCoast = "${rings.map(path).join("")}";`);
