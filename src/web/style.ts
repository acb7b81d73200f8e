/** The page's whole look; ready for phones, paper and dark screens. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2328; --quiet: #57606a; --rule: #d0d7de; --shade: #f6f8fa; --bad: #b42318; --near: #8a5100; --good: #1a6b34; --link: #0b57d0; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #15181c; --ink: #e6e9ed; --quiet: #a9b2bc; --rule: #3b424a; --shade: #20252b; --bad: #ff9a90; --near: #f0b85f; --good: #6fd08c; --link: #8ab8ff; }
}
body { font: 1rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; margin: 0 auto; max-width: 78rem; padding: 1rem; color: var(--ink); background: var(--ground); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .25rem; } p { margin: .5rem 0; }
a { color: var(--link); } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { background: var(--shade); padding: .1rem .3rem; }
.note { color: var(--quiet); font-size: .9em; } .line { display: block; } .over { color: var(--bad); font-weight: 600; } .near { color: var(--near); font-weight: 600; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 1rem 0; }
select, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px; padding: .35rem .75rem; min-height: 2.75rem; } select { max-width: min(100%, 24rem); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .5rem; margin: .75rem 0; }
.tiles div { border: 1px solid var(--rule); border-left: 6px solid var(--rule); border-radius: 4px; padding: .35rem .75rem; break-inside: avoid; } .tiles dt { font-size: .95rem; } .tiles dd { margin: 0; }
.tiles b { font-size: 2rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles .bad { border-left-color: var(--bad); } .bad b { color: var(--bad); } .tiles .warn { border-left-color: var(--near); } .warn b { color: var(--near); } .tiles .good { border-left-color: var(--good); } .good b { color: var(--good); }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .5rem; }
th, td { border-bottom: 1px solid var(--rule); padding: .4rem .5rem; text-align: left; vertical-align: top; min-width: 4rem; } thead th { background: var(--shade); vertical-align: bottom; } tbody th { font-weight: 600; min-width: 9rem; } tbody th .note { font-weight: 400; }
.number, .moment { overflow-wrap: normal; } .number { text-align: right; font-variant-numeric: tabular-nums; } .number .line { min-width: 6.5em; } .moment { min-width: 6.5rem; } .wordy { min-width: 17rem; } td div + div { margin-top: .25rem; }
svg { display: block; width: 7.5rem; height: 1.5rem; color: var(--link); }
@media screen and (max-width: 76rem) {
  table, tbody, caption { display: block; } thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .25rem .75rem; border: 1px solid var(--rule); border-radius: 4px; padding: .5rem .75rem; margin-bottom: .75rem; }
  tbody th, tbody td, td.moment { border: 0; padding: 0; min-width: 0; } td.number { text-align: left; } tbody th, .wordy { grid-column: 1 / -1; } td::before { content: attr(data-label); display: block; color: var(--quiet); font-size: .85rem; }
}
@media print {
  @page { margin: 12mm; }
  :root { font-size: 8.5pt; } body { line-height: 1.4; max-width: none; padding: 0; } form, footer { display: none; } h2 { break-after: avoid; }
  thead { display: table-header-group; } tr { break-inside: avoid; } th, td { min-width: 3.2rem; padding: .2rem .3rem; } tbody th { min-width: 8rem; } .moment { min-width: 6.3rem; }
  svg { width: 6.2rem; } .tiles { grid-template-columns: repeat(7, 1fr); } * { print-color-adjust: exact; }
}`;
