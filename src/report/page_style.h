// The page's style sheet.
#pragma once

namespace sightline {

inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light dark; --text: #1d1f23; --soft: #5a6068; --back: #ffffff;
  --line: #d9dde2; --band: #f5f7f9; --best: #006d4e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --soft: #a2a9b2; --back: #16181c;
  --line: #343940; --band: #1f2329; --best: #5fd3a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 72px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 48px 0 12px; }
h3 { font-size: 1rem; margin: 28px 0 8px; }
p { margin: 0 0 12px; max-width: 76ch; }
.soft { color: var(--soft); }
.wide { overflow-x: auto; margin: 8px 0 20px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 11rem; }
.words td { white-space: normal; overflow-wrap: anywhere; }
tbody tr:nth-child(odd) { background: var(--band); }
.interval { display: block; font-weight: 400; color: var(--soft); font-size: .8em; }
.best { color: var(--best); font-weight: 700; }
figure { margin: 20px 0 32px; }
figure img { display: block; max-width: 100%; height: auto; background: #fff;
  border: 1px solid var(--line); border-radius: 8px; padding: 8px; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: 8px; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 6px 20px; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; max-width: 76ch; }
code { font-size: .85em; overflow-wrap: anywhere; }
summary { cursor: pointer; font-weight: 600; margin: 12px 0; }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 8px; } }
)css";

}  // namespace sightline
