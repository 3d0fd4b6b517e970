/** The page's style sheet: light and dark by the reader's own setting. */
export const style = `
:root {
  --ground: #fcfcfb; --text: #1b1b1a; --quiet: #62625e; --line: #dcdcd6; --empty: #efefeb;
  --first: #2a6fbb; --second: #9a6b16; --good: #1d7a45; --bad: #c23529; --gap: #c2352933;
  --leads: #2a6fbb; --follows: #a9c6e6; --learns: #e3bd62; --silent: #c23529; --stale: #e7b6b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #171716; --text: #ecece8; --quiet: #a5a59e; --line: #3a3a37; --empty: #242422;
    --first: #6aa9ea; --second: #d9a441; --good: #5cc48a; --bad: #f0776b; --gap: #f0776b44;
    --leads: #6aa9ea; --follows: #2f4f73; --learns: #a57b23; --silent: #f0776b; --stale: #6e3f3a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; line-height: 1.2; }
h2 { font-size: 19px; margin: 36px 0 8px; }
p { max-width: 78ch; margin: 6px 0; }
.note { color: var(--quiet); max-width: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); }
th[scope=rowgroup] { padding-top: 16px; }
.met { color: var(--good); }
.missed { color: var(--bad); font-weight: 600; }
figure { margin: 14px 0; }
figcaption { color: var(--quiet); font-size: 13px; margin-bottom: 2px; }
svg.timeline, svg.dots, svg.curve { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); }
text.row { text-anchor: end; fill: var(--quiet); }
text.tick { text-anchor: middle; fill: var(--quiet); }
text.length { text-anchor: middle; font-weight: 600; }
.grid { stroke: var(--line); stroke-width: 1; }
.fault { stroke: var(--text); stroke-width: 1.5; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
.line { fill: none; stroke: var(--first); stroke-width: 2; }
.median { stroke: var(--text); stroke-width: 2; }
.empty { fill: var(--empty); }
.acknowledged { fill: var(--first); }
.failed { fill: var(--bad); }
.gap { fill: var(--gap); stroke: var(--bad); stroke-width: 1; }
.dot { fill-opacity: 0.55; stroke: var(--ground); stroke-width: 0.5; }
.row-0 { fill: var(--first); }
.row-1 { fill: var(--second); }
.row-2 { fill: var(--quiet); }
.leads { fill: var(--leads); background: var(--leads); }
.follows { fill: var(--follows); background: var(--follows); }
.learns { fill: var(--learns); background: var(--learns); }
.silent { fill: var(--silent); background: var(--silent); }
.stale { fill: var(--stale); background: var(--stale); }
.mark { fill: var(--text); stroke: var(--ground); stroke-width: 1; }
.mark.unready, .mark.gone { fill: var(--bad); }
.mark.scheduled, .mark.created { fill: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; max-width: none; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.swatch { display: inline-block; width: 22px; height: 12px; border-radius: 2px; }
`;
