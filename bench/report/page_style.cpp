#include "page_style.hpp"

namespace bench_report {

// No `<` and no `&`: the page is to be well-formed as XML, too.
const char* const page_style = R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --faint: #5b6572; --line: #d9dee4; --panel: #f5f7f9;
  --good: #13693a; --bad: #b3261e;
  --strong0: #0b62d6; --strong1: #d4480b; --strong2: #0f8a4b;
  --quiet0: #8b929b; --quiet1: #7db3ad; --quiet2: #b39bc6; --quiet3: #b6aa67; --quiet4: #d29aa0;
  --quiet5: #8faac8; --quiet6: #b3957a; --quiet7: #9cba8b; --quiet8: #67717e; --quiet9: #cba2c2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e6e9ed; --faint: #a2abb6; --line: #343b44; --panel: #1d2227;
    --good: #6fd39a; --bad: #ff9b92;
    --strong0: #66a8ff; --strong1: #ff9457; --strong2: #56d191;
    --quiet0: #7a828c; --quiet1: #548a84; --quiet2: #84709a; --quiet3: #878045; --quiet4: #9c6b71;
    --quiet5: #5f7a98; --quiet6: #86694f; --quiet7: #6d8a5d; --quiet8: #a3acb8; --quiet9: #97718f;
  }
}
.strong0 { --colour: var(--strong0) } .strong1 { --colour: var(--strong1) }
.strong2 { --colour: var(--strong2) }
.quiet0 { --colour: var(--quiet0) } .quiet1 { --colour: var(--quiet1) }
.quiet2 { --colour: var(--quiet2) } .quiet3 { --colour: var(--quiet3) }
.quiet4 { --colour: var(--quiet4) } .quiet5 { --colour: var(--quiet5) }
.quiet6 { --colour: var(--quiet6) } .quiet7 { --colour: var(--quiet7) }
.quiet8 { --colour: var(--quiet8) } .quiet9 { --colour: var(--quiet9) }

* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem }
h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem }
h4 { font-size: .9rem; font-weight: 600; margin: 1rem 0 .25rem }
a { color: inherit }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.5rem 0 }
.note, .caption { color: var(--faint); margin: 0 0 .5rem; font-size: .9rem }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .5rem 1.5rem;
  margin: .5rem 0 1rem }
dt { color: var(--faint); font-size: .85rem }
dd { margin: 0 }

.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.1rem .3rem 0;
  border-bottom: 1px solid var(--line) }
th { font-weight: 600; font-size: .85rem; color: var(--faint) }
td.figure, th.figure { text-align: right; white-space: nowrap }
.targets td[data-label="target"] { white-space: normal }
td.contender { white-space: nowrap }
tr.tidemark td { font-weight: 600 }
.met, .unmet { font-weight: 600; white-space: nowrap }
.met { color: var(--good) }
.unmet { color: var(--bad) }
summary { cursor: pointer; color: var(--faint); font-size: .9rem; padding: .25rem 0 }

svg { display: block; overflow: visible }
svg text { fill: var(--faint); font-size: 12px; font-variant-numeric: tabular-nums }
.grid { stroke: var(--line); stroke-width: 1 }
.whisker { stroke: var(--ink); stroke-width: 1.25 }
.bars { margin: .5rem 0; font-size: .9rem }
.row { display: grid; grid-template-columns: 12rem 1fr 13rem; column-gap: 1rem; align-items: center }
.row .bar { width: 100%; grid-column: 2; grid-row: 1 }
.row .name { grid-column: 1; grid-row: 1; line-height: 1.25 }
.row .value { grid-column: 3; grid-row: 1; line-height: 1.25; font-variant-numeric: tabular-nums }
.value b { white-space: nowrap }
.row.tidemark .name { font-weight: 700 }
.row rect { fill: var(--colour) }
.row .caption { grid-column: 2 / 4; grid-row: 2; margin: 0 }
.swatch { display: inline-block; width: .7rem; height: .7rem; margin-right: .5rem;
  border-radius: 2px; background: var(--colour) }

.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; font-size: .9rem; margin: .5rem 0 }
.legend > span { display: inline-flex; align-items: center; gap: .4rem }
.legend .tidemark { font-weight: 700 }
.lines { display: grid; grid-template-columns: 3.2rem 1fr; column-gap: .6rem }
.lines > svg { width: 100% }
.curve { stroke: var(--colour); stroke-width: 1.5 }
.tidemark .curve { stroke-width: 3 }
.mark path { fill: var(--colour); stroke: var(--paper); stroke-width: 1 }

@media (max-width: 44rem) {
  .row { display: flex; flex-wrap: wrap; column-gap: 1rem; margin-top: .4rem }
  .row .value { margin-left: auto; text-align: right }
  .row .bar { flex-basis: 100%; order: 1 }
  .row .caption { order: 2 }
  .row.axis { margin-top: 0 }
  th, td { padding-right: .8rem }
  dl { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)) }
  .targets, .targets tbody { display: block }
  .targets tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) }
  .targets th { display: none }
  .targets td, .targets td.figure { display: block; border: 0; padding: 0; text-align: left;
    white-space: normal }
  .targets td.contender { font-weight: 600 }
  .targets td.figure::before { content: attr(data-label) ": "; color: var(--faint) }
}
@media print { summary { display: none } }
)css";

}  // namespace bench_report
