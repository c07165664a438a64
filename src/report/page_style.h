// The page's style sheet.
#pragma once

namespace sightline {

inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light; --text: #1d1f23; --soft: #5a6068; --back: #ffffff;
  --line: #d9dde2; --band: #f5f7f9; --best: #006d4e; }
html { scroll-padding-top: 56px; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 72px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 40px 0 12px; }
h3 { font-size: 1rem; margin: 28px 0 8px; }
h4 { font-size: .9rem; color: var(--soft); margin: 18px 0 8px; overflow-wrap: anywhere; }
nav { position: sticky; top: 0; z-index: 1; background: var(--back); display: flex; gap: 4px 20px;
  overflow-x: auto; padding: 12px 0; margin-top: 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
a { color: #00548f; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
section { margin-top: 40px; }
section > h2 { margin-top: 0; }
small { color: var(--soft); font-size: .82em; }
.query { font-weight: 600; margin: 16px 0 8px; overflow-wrap: anywhere; }
.hits { list-style: none; margin: 0 0 20px; padding: 0; display: grid; gap: 14px 12px;
  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
.hits li { min-width: 0; max-width: 170px; font-size: .82rem; line-height: 1.35; }
.hits b, .hits span { display: block; overflow-wrap: anywhere; }
.hits b { font-variant-numeric: tabular-nums; margin-top: 6px; }
.hits span { color: var(--soft); display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4;
  overflow: hidden; }
.pic { aspect-ratio: 1; background: #fff center / contain no-repeat; border: 1px solid var(--line); border-radius: 6px;
  display: grid; place-items: center; color: var(--soft); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.own .pic { border-color: #008a5a; box-shadow: 0 0 0 3px #008a5a; }
.own b { color: var(--best); }
.end { margin-top: 40px; }
p { margin: 0 0 12px; max-width: 76ch; }
.soft { color: var(--soft); }
.wide { overflow-x: auto; margin: 8px 0 20px; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 7px 6px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
.pairs td:nth-child(2), .pairs th:nth-child(2) { text-align: left; white-space: normal; overflow-wrap: anywhere;
  min-width: 9rem; }
.words td { white-space: normal; overflow-wrap: anywhere; }
tbody tr:nth-child(odd) { background: var(--band); }
.interval { display: block; font-weight: 400; color: var(--soft); font-size: .8em; }
.best { color: var(--best); font-weight: 700; }
figure { margin: 20px 0 32px; }
figure > div { overflow-x: auto; }
figure img { display: block; max-width: 100%; height: auto; background: #fff;
  border: 1px solid var(--line); border-radius: 8px; padding: 8px; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: 8px; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 6px 20px; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; max-width: 76ch; }
code { font-size: .85em; overflow-wrap: anywhere; }
summary { cursor: pointer; font-weight: 600; margin: 12px 0; }
@media (max-width: 900px) { .hits { grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); } }
@media (max-width: 640px) { main { padding: 20px 16px 48px; } dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 8px; } figure img { max-width: none; width: 720px; } td:first-child { min-width: 8rem; } }
)css";

}  // namespace sightline
