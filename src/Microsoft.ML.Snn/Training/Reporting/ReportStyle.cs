namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>The look of a report: light or dark as the reader's system is, and light on paper.</summary>
internal static class ReportStyle
{
    /// <summary>The series of a chart, and the parts of time, are told apart by lightness and dashes as well as by color.</summary>
    public const string Css = """

        :root {
          color-scheme: light;
          --ground: #f4f6f8; --card: #ffffff; --text: #1c2127; --muted: #59636e; --line: #d5dbe1; --grid: #e9edf1;
          --c0: #1d5fbf; --c1: #c2480c; --c2: #5b6470; --heat: #1d5fbf; --wrong: #c2480c; --on: #ffffff;
          --good: #1a7f4b; --bad: #b3261e; --warn: #7a4a00; --warn-ground: #fff3dc; --warn-line: #e8c27a;
          --t0: #9aa5b1; --t1: #1d5fbf; --t2: #0b3a80; --t3: #6b4fbb; --t4: #c9ced6; --t5: #c2480c; --t6: #e0a03a;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            color-scheme: dark;
            --ground: #12161b; --card: #1b2027; --text: #e7eaee; --muted: #a0abb7; --line: #313a44; --grid: #272f38;
            --c0: #74aeff; --c1: #ff9d5c; --c2: #a0abb7; --heat: #74aeff; --wrong: #ff9d5c; --on: #0d1116;
            --good: #56cf95; --bad: #ff8f86; --warn: #ffd494; --warn-ground: #32270f; --warn-line: #6e5522;
            --t0: #6b7682; --t1: #74aeff; --t2: #b5d3ff; --t3: #b39bf5; --t4: #48525d; --t5: #ff9d5c; --t6: #f2c46d;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; padding: 1rem; background: var(--ground); color: var(--text);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        header, main { max-width: 1460px; margin: 0 auto; }
        h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.2; overflow-wrap: anywhere; }
        h2 { margin: 0 0 .5rem; font-size: 1rem; line-height: 1.3; }
        p { margin: 0 0 .5rem; }
        #status { display: inline-block; margin: 0 0 .25rem; padding: .3rem .7rem; border-radius: .5rem; font-weight: 600;
          background: var(--card); border: 1px solid var(--line); border-left: .35rem solid var(--c0); overflow-wrap: anywhere; }
        #status.finished { border-left-color: var(--good); }
        #status.stopped { border-left-color: var(--bad); color: var(--bad); }
        #written { color: var(--muted); font-size: .85rem; }
        #warnings { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--warn-line); border-radius: .6rem;
          background: var(--warn-ground); color: var(--warn); overflow-wrap: anywhere; }
        #warnings ul { margin: 0; padding-left: 1.1rem; }
        #figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr)); gap: .75rem; margin: .75rem 0; }
        #figures div { padding: .6rem .9rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        dt { color: var(--muted); font-size: .85rem; }
        dd { margin: 0; font-size: 1.45rem; font-weight: 600; line-height: 1.25; }
        dd.note { font-size: .8rem; font-weight: 400; color: var(--muted); }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); grid-auto-flow: dense;
          gap: .75rem; margin: .75rem 0; }
        #confusion { grid-row: span 2; }
        .scroll + h2 { margin-top: 1.5rem; }
        @media (min-width: 900px) { #options { grid-column: span 2; } }
        .card { min-width: 0; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        .wide { grid-column: 1 / -1; }
        .card > svg { display: block; width: 100%; max-width: 560px; height: auto; margin: 0 auto; }
        svg text { font-family: inherit; fill: var(--text); font-size: 10.5px; }
        svg text.tick { fill: var(--muted); }
        .middle { text-anchor: middle; } .end { text-anchor: end; }
        svg text.bad { fill: var(--bad); font-weight: 600; }
        svg text.count { text-anchor: middle; pointer-events: none; }
        svg text.on { fill: var(--on); }
        .grid { stroke: var(--grid); fill: none; }
        .mark { stroke: var(--muted); stroke-dasharray: 2 3; fill: none; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); stroke-dasharray: 6 4; }
        .line.c2 { stroke: var(--c2); stroke-dasharray: 1 4; }
        .dot.c0 { fill: var(--c0); } .dot.c1 { fill: var(--c1); } .dot.c2 { fill: var(--c2); }
        .tip { fill: transparent; } .tip:hover { fill: var(--muted); fill-opacity: .12; }
        .heat { fill: var(--heat); } .heat.wrong { fill: var(--wrong); }
        .heat.marked { stroke: var(--bad); stroke-width: 1.5; }
        .frame { fill: none; stroke: var(--line); }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: 0 0 .4rem; padding: 0; list-style: none; font-size: .85rem;
          font-variant-numeric: tabular-nums; }
        .key { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: .2em; }
        .key.c0 { background: var(--c0); } .key.c1 { background: var(--c1); } .key.c2 { background: var(--c2); }
        .key.marked { border: 2px solid var(--bad); }
        .ramp { display: inline-block; width: 6em; height: .8em; margin: 0 .3em; border-radius: .2em;
          background: linear-gradient(to right, transparent, var(--heat)); border: 1px solid var(--line); }
        .bar { display: flex; height: 1.4rem; overflow: hidden; border-radius: .35rem; }
        .t0 { background: var(--t0); } .t1 { background: var(--t1); } .t2 { background: var(--t2); } .t3 { background: var(--t3); }
        .t4 { background: var(--t4); } .t5 { background: var(--t5); } .t6 { background: var(--t6); }
        .scroll { overflow: auto; }
        .scroll:has(> .numbers) { max-height: 26rem; }
        .scroll:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
        table { width: 100%; border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .28rem .5rem; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
        th:first-child { padding-left: 0; }
        tbody th { min-width: 6rem; font-weight: 500; overflow-wrap: anywhere; }
        .text tbody th { width: 34%; min-width: 8rem; }
        thead th { color: var(--muted); font-weight: 500; }
        .scroll thead th { position: sticky; top: 0; background: var(--card); }
        .numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
        .text td { overflow-wrap: anywhere; }
        tbody tr:last-child > * { border-bottom: 0; }
        details { margin-top: .5rem; }
        .card > details:first-child { margin-top: 0; }
        summary { cursor: pointer; font-weight: 500; }
        @media print {
          @page { margin: 14mm; }
          body { padding: 0; background: none; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .cards { grid-template-columns: 1fr 1fr; gap: 4mm; margin: 4mm 0; align-items: start; }
          .card { break-inside: avoid; }
          #loss, #accuracy, #learning-rate, #speed, #firing-rates, #time { order: -1; }
          #confusion, #options { grid-row: auto; grid-column: 1 / -1; }
          #confusion { columns: 2; }
          .scroll, .scroll:has(> .numbers) { max-height: none; overflow: visible; }
          .scroll thead th { position: static; }
          #figures { grid-template-columns: repeat(5, 1fr); }
          #figures div { padding: 2mm; }
          dd { font-size: 12pt; }
          #epochs { break-inside: auto; }
          tr, h2 { break-inside: avoid; break-after: auto; }
          details::details-content { content-visibility: visible; display: block; height: auto; }
          summary { list-style: none; }
        }

        """;
}
