/** Styles of the drawings: greys for what is, the accent for what is chosen and for the peak. */
export const svgStyle = `svg { display: inline-block; max-width: none; }
.scroll > svg { display: block; }
svg text { font: 11px system-ui, sans-serif; fill: var(--muted); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .strong { fill: var(--accent); font-weight: 600; }
.grid { stroke: var(--line); fill: none; }
.axis { stroke: var(--mark); fill: none; }
.edge { stroke: var(--mark); stroke-width: 1.25; fill: none; }
marker path { fill: var(--mark); }
.graph text { pointer-events: none; }
.graph .operator { font-size: 13px; font-weight: 600; fill: var(--text); }
.graph .name, .legend .name { font-size: 11px; fill: var(--muted); }
.port text { text-anchor: middle; }
.port rect { fill: var(--raised); stroke: var(--mark); }
.body { fill: var(--ground); stroke: var(--mark); }
a.layer { cursor: pointer; text-decoration: none; }
a.layer:hover .body { fill: var(--raised); }
.badge { fill: none; stroke: var(--mark); }
.badge.tensor { fill: var(--soft); }
.badge.channel { fill: var(--soft); stroke-width: 2; }
.badge.group { fill: var(--soft); stroke-dasharray: 3 2; }
.badge.none { stroke-dasharray: 1 2; }
svg .badge-text { font-size: 10.5px; fill: var(--text); text-anchor: middle; }
.pruned { fill: none; stroke: var(--accent); stroke-dasharray: 4 2; }
.fused { fill: var(--raised); stroke: var(--mark); stroke-dasharray: 2 2; }
.work { fill: var(--mark); }
.chosen .body, a.layer:focus-visible .body { stroke: var(--accent); stroke-width: 3; }
.chosen .body { fill: var(--accent-soft); }
.found .body { stroke: var(--accent); stroke-width: 2; stroke-dasharray: 5 3; }
a.layer:focus-visible, .columns a:focus-visible { outline: none; }
.step { fill: transparent; }
.step.chosen { fill: var(--accent-soft); }
.peak { stroke: var(--accent); fill: none; stroke-width: 1.5; }
.bound { stroke: var(--muted); fill: none; stroke-dasharray: 6 4; }
.buffer rect { fill: var(--soft); stroke: var(--mark); fill-opacity: 0.93; }
.buffer.scratch rect, .buffer.other rect { fill: var(--raised); }
.buffer.state rect { stroke-dasharray: 6 2; }
.buffer.stream rect { stroke-dasharray: 2 2; }
.buffer rect.hatched { fill: url(#scratch); stroke: none; }
#scratch path { stroke: var(--mark); stroke-opacity: 0.6; }
.buffer.culprit rect { stroke: var(--accent); stroke-width: 2; }
.buffer.chosen rect:not(.hatched) { fill: var(--accent-soft); }
.buffer text { fill: var(--text); pointer-events: none; }
.fine { display: none; }
.enlarged .fine { display: inline; }
.live { stroke: var(--accent); fill: none; stroke-width: 1.5; }
.live-area { fill: var(--soft); pointer-events: none; }
.columns a { cursor: pointer; }
.columns .hit { fill: transparent; }
.columns a:hover .hit { fill: var(--raised); }
.columns a.chosen .hit, .columns a:focus-visible .hit { fill: var(--accent-soft); }
.bar { fill: var(--mark); }
.columns .chosen .bar { fill: var(--accent); }
.columns a:focus-visible .bar { stroke: var(--accent); stroke-width: 2; }
.hatch-1 { fill: url(#hatch-1); }
.hatch-2 { fill: url(#hatch-2); }
.hatch-3 { fill: url(#hatch-3); }
#hatch-1 path, #hatch-2 path, #hatch-3 path { stroke: var(--ground); stroke-width: 2; }
#hatch-3 path { stroke-width: 1.2; }
.range .span { stroke: var(--mark); stroke-width: 3; }
.range circle { fill: var(--accent); }
`;
