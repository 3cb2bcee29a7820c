/** On paper: dark on white, everything unrolled, nothing that is to be pressed. */
export const printStyle = `@media print {
:root {
color-scheme: light;
--ground: #ffffff; --raised: #f5f7f8; --line: #c3cbd0; --text: #000000; --muted: #40494f; --mark: #5d7683; --soft: #d9e4ea;
--accent: #0b5a62; --accent-soft: #ffffff; --alarm: #8a2509;
}
@page { margin: 14mm; }
nav, .skip, #details, #details:not([hidden]), .tools { display: none; }
summary { color: inherit; list-style: none; }
body { font-size: 10pt; }
main { max-width: none; padding: 0; }
section { margin-top: 1.5rem; content-visibility: visible; }
h2, h3, caption { break-after: avoid; }
tr, .headlines, .notes, svg { break-inside: avoid; }
.scroll, .zoomable, .tall { overflow: visible; max-height: none; border: 0; }
.scroll > svg { max-width: 100%; max-height: 240mm; height: auto; }
th, td { white-space: normal; overflow-wrap: anywhere; padding-right: 0.6rem; font-size: 8pt; }
.tall thead th { position: static; }
.headlines { grid-template-columns: repeat(3, 1fr); }
details::details-content { content-visibility: visible; block-size: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: inherit; text-decoration: none; }
}
`;
