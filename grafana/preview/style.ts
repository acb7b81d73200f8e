/** Close to Grafana's dark theme. */
export const STYLE = `
* { box-sizing: border-box }
body { margin: 0; padding: 8px; width: 1920px; background: #111217; color: #ccccdc; font: 14px/1.4 Inter, "WenQuanYi Micro Hei", sans-serif }
header { padding: 4px 4px 10px; display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline }
header[hidden] { display: none }
header b { font-size: 20px }
header span { color: #9fa3ad }
nav { margin-left: auto }
nav a, label { margin-right: 10px }
.controls { flex-basis: 100% }
em { font-style: normal; border: 1px solid #34363d; padding: 2px 8px; border-radius: 2px; max-width: 600px; display: inline-block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; vertical-align: middle }
a { color: #6e9fff; text-decoration: none }
main { position: relative; width: 1904px }
main > * { position: absolute; margin: 0 }
h2 { font-size: 16px; padding-top: 6px }
.panel { background: #181b1f; border: 1px solid #25272e; border-radius: 3px; overflow: hidden; padding: 0 8px 8px }
.panel.transparent { background: none; border-color: transparent }
h3 { font-size: 14px; font-weight: 500; margin: 0; padding: 8px 0; height: 36px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
h3 span { color: #6b6f78; margin-left: 6px; font-size: 12px }
.figures, .figures > div { display: flex }
.figures { height: calc(100% - 36px) }
.figures.down { flex-direction: column }
.figure { flex: 1; flex-direction: column; justify-content: center; min-width: 0; overflow: hidden; white-space: nowrap }
.value small { font-size: 60% }
.value { font-weight: 500; line-height: 1.15 }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: 13px }
th, td { height: 32px; padding: 4px 6px; text-align: left; border-bottom: 1px solid #25272e; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
th { color: #6e9fff; font-weight: 500 }
.number { text-align: right }
.more { position: absolute; right: 8px; bottom: 2px; color: #9fa3ad; font-size: 12px; background: #181b1f; padding: 0 6px }
.text { overflow: hidden }
.text p, .text ul { margin: 0 0 6px }
.empty { color: #9fa3ad; text-align: center; margin-top: 30px; font-size: 16px }
.error { color: #f2495c; white-space: pre-wrap; font-size: 13px }
svg { display: block; font-family: inherit }
`;
