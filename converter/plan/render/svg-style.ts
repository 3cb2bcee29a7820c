/** Colours of the drawing: those of a light page, and of a dark one where the reader prefers that. Blue and orange stay apart to every eye. */
export const svgStyle = `text{font:12px system-ui,sans-serif;fill:#1f2328}
.page{fill:#ffffff}
.title{font-size:16px;font-weight:600}
.small{font-size:11px}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid{stroke:#d0d7de;fill:none}
.edge{stroke:#57606a;fill:none}
.bound{stroke:#57606a;fill:none;stroke-dasharray:6 4}
.band{fill:#fff1c2}
.stream{stroke:#7a0f5e;fill:none;stroke-width:5}
.mark{stroke:#b2431e;fill:none;stroke-width:1.5}
.activation{fill:#a9cfe8;stroke:#33719a}
.state{fill:#b9dcb4;stroke:#3f7f3a}
.scratch{fill:#d5d3de;stroke:#65617c}
.culprit{fill:#f6b089;stroke:#b2431e}
.state.culprit{fill:#fbdcb4}
.scratch.culprit{stroke-dasharray:3 2}
.shared{stroke:#7a0f5e;stroke-width:.5}
.hatch{stroke:#7a0f5e;stroke-opacity:.45}
.label{font-size:11px;pointer-events:none}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.page{fill:#0d1117}
.grid{stroke:#30363d}
.edge,.bound{stroke:#9198a1}
.band{fill:#3a2f0b}
.mark{stroke:#ff9b6b}
.activation{fill:#1d4966;stroke:#6cb0dc}
.state{fill:#24502a;stroke:#72bd78}
.scratch{fill:#3f3b51;stroke:#a7a1c4}
.culprit{fill:#7f3414;stroke:#ff9b6b}
.state.culprit{fill:#4d3312}
.shared,.hatch,.stream{stroke:#f08ad2}
}`;
