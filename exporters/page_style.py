"""How ``index.html`` looks: one column of text, tables, six states by sign, word and colour."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #f6f7f9; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5;
  --link: #0b57a4; --good: #1d6b43; --bad: #a3261d; --doubt: #7a4b00; --wait: #3d4f86;
    --mute: #6a7380;
  --good-bg: #e6f3ec; --bad-bg: #fbe9e7; --doubt-bg: #fbf0dc; --wait-bg: #e9edf8;
    --mute-bg: #eceef1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181d; --panel: #1c2229; --ink: #e4e8ed; --soft: #a0abb8; --line: #333c47;
    --link: #82b7f2; --good: #86d3a9; --bad: #f3a39b; --doubt: #eec47f; --wait: #aebdf0;
    --mute: #a4adb8;
    --good-bg: #173326; --bad-bg: #40201d; --doubt-bg: #3a2d13; --wait-bg: #232b45;
    --mute-bg: #2a3038;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 2rem 5rem; background: var(--ground);
  color: var(--ink); }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .2rem 0 .6rem; font-weight: 650;
  letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .8rem; font-weight: 650; padding-top: .6rem;
  border-top: 2px solid var(--ink); }
h3 { font-size: 1.03rem; margin: 1.8rem 0 .4rem; font-weight: 650; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code { font: .86em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
.over { color: var(--soft); margin: 0; font-size: .92rem; }
.soft { color: var(--soft); }
nav { margin: 1.2rem -1rem 0; padding: .55rem 1rem; font-size: .92rem; display: flex;
  flex-wrap: wrap; align-items: center; gap: .3rem 1.2rem; position: sticky; top: 0; z-index: 2;
  background: var(--ground); border-bottom: 1px solid var(--line); }
nav input { font: inherit; color: inherit; background: var(--panel); padding: .25rem .6rem;
  border: 1px solid var(--line); border-radius: .3rem; width: 15rem; max-width: 100%; }
nav input:focus { outline: 2px solid var(--link); outline-offset: 1px; }
nav output { color: var(--soft); font-variant-numeric: tabular-nums; }
h2, h3, section.control, tr { scroll-margin-top: 4.5rem; }
[hidden] { display: none !important; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: 1rem 0;
  font-size: .95rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .6rem 0 1.2rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .82rem; }
th, td { padding: .42rem .7rem .42rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td { overflow-wrap: anywhere; }
td.tight, th.tight { white-space: nowrap; overflow-wrap: normal; }
table.gaps { table-layout: fixed; min-width: 52rem; }
table.gaps th:nth-child(1) { width: 9.5rem; } table.gaps th:nth-child(2) { width: 6rem; }
table.gaps th:nth-child(3) { width: 10rem; } table.gaps th:nth-child(5) { width: 11rem; }
table.gaps th:nth-child(6) { width: 6.5rem; }
table.matrix td:first-child, table.matrix th:first-child { position: sticky; left: 0;
  background: var(--ground); padding-right: 1rem; }
:target > td, td:has(> :target) { background: var(--doubt-bg); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.group td { padding-top: 1.3rem; font-weight: 650; border-bottom: 1px solid var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr));
  gap: .8rem; margin: .8rem 0 1.4rem; }
.figure { background: var(--panel); border-left: 4px solid var(--line); padding: .7rem .9rem; }
.figure b { display: block; font-size: 1.7rem; line-height: 1.1; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.figure span { display: block; color: var(--soft); font-size: .83rem; line-height: 1.35;
  margin-top: .2rem; }
.state { display: inline-block; white-space: nowrap; padding: .05rem .5rem .1rem;
  border-radius: .25rem; font-size: .84rem; }
.good { color: var(--good); background: var(--good-bg);
  } .figure.good { border-color: var(--good); }
.bad { color: var(--bad); background: var(--bad-bg); } .figure.bad { border-color: var(--bad); }
.doubt { color: var(--doubt); background: var(--doubt-bg);
  } .figure.doubt { border-color: var(--doubt); }
.wait { color: var(--wait); background: var(--wait-bg);
  } .figure.wait { border-color: var(--wait); }
.mute { color: var(--mute); background: var(--mute-bg);
  } .figure.mute { border-color: var(--mute); }
.figure.good, .figure.bad, .figure.doubt, .figure.wait, .figure.mute { color: inherit;
  background: var(--panel); }
section.control { margin: 0 0 1.4rem; padding: .2rem 0 0; }
ul { margin: .4rem 0 1rem; padding-left: 1.2rem; max-width: 50rem; }
li { margin: .2rem 0; }
@media (max-width: 46rem) {
  body { padding: 1.4rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  nav { position: static; }
  nav input { width: 100%; }
  table.gaps { min-width: 0; } table.gaps thead { display: none; }
  table.gaps tbody, table.gaps tr, table.gaps td { display: block; width: auto; }
  table.gaps tr { border-bottom: 1px solid var(--line); padding: .7rem 0; }
  table.gaps td { border: 0; padding: .1rem 0; }
  table.gaps td:nth-child(-n+3) { display: inline-block; margin-right: .7rem; }
  table.gaps td:nth-child(n+5) { display: inline-block; margin-right: .7rem;
    color: var(--soft); }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --panel: #fff; --ink: #000; --soft: #444;
    --line: #bbb; --link: #000;
    --good: #000; --bad: #000; --doubt: #000; --wait: #000; --mute: #000;
    --good-bg: #fff; --bad-bg: #fff; --doubt-bg: #fff; --wait-bg: #fff; --mute-bg: #fff; }
  @page { size: A4; margin: 14mm 12mm 16mm; }
  html { font-size: 9.5px; }
  .wide { overflow: visible; }
  table.gaps { min-width: 0; }
  .figures { grid-template-columns: repeat(6, 1fr); gap: 2mm; }
  .figure { border: 1px solid var(--line); border-left-width: 3px; padding: 1.5mm 2mm; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  .state { padding: 0; }
  h2, h3 { break-after: avoid; }
  tr, .figure { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
