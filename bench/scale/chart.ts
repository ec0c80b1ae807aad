/** Draws lines in panels side by side, both axes logarithmic, as an SVG for light and dark pages. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface Chart {
  readonly title: string;
  readonly x: { readonly title: string; readonly ticks: readonly number[] };
  readonly y: { readonly title: string; readonly ticks: readonly number[] };
  /** They have the same lines. */
  readonly panels: readonly Panel[];
}

const PANEL = { width: 320, height: 280, left: 84, top: 92 } as const;
const GAP = 32;
const BOTTOM = 56;
const HEIGHT = PANEL.top + PANEL.height + BOTTOM;
/** Lines differ by colour and by marker. */
const MARKERS = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-4-4h8v8h-8z", "M0-5l5 9h-10z", "M0-5.5l5 5.5l-5 5.5l-5-5.5z"];
const STYLE = `
  svg { --page: #fff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4; --c0: #0b62b8; --c1: #a84300; --c2: #15713f; --c3: #7a35b0 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #f0f6fc; --quiet: #a6b0bb; --grid: #30363d; --c0: #79b8ff; --c1: #ffab70; --c2: #6fdd9b; --c3: #cfa6ff }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--quiet) }
  .title { font-weight: 600; fill: var(--ink) }
  .grid { stroke: var(--grid) }
  .page { fill: var(--page) }
${MARKERS.map((_, index) => `  .c${index} { stroke: var(--c${index}); fill: var(--c${index}) } path.c${index} { fill: none }`).join("\n")}
  path { stroke-width: 2 }
`;

export function drawChart(chart: Chart): string {
  const { panels, title } = chart;
  const width = PANEL.left + panels.length * PANEL.width + (panels.length - 1) * GAP + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img">
<title>${title}</title>
<style>${STYLE}</style>
<rect class="page" width="${width}" height="${HEIGHT}" />
<text class="title" x="20" y="28">${title}</text>
${legend(panels[0]?.lines ?? [])}
${panels.map((panel, index) => drawPanel(panel, chart, PANEL.left + index * (PANEL.width + GAP))).join("\n")}
<text transform="translate(24 ${PANEL.top + PANEL.height / 2}) rotate(-90)" text-anchor="middle">${chart.y.title}</text>
</svg>
`;
}

function legend(lines: readonly Line[]): string {
  const entries = lines.map(({ name }, index) => {
    const x = PANEL.left + 6 + index * 130;
    return `<use href="#m${index}" class="c${index}" x="${x}" y="50" /><text x="${x + 12}" y="54">${name}</text>`;
  });
  const markers = MARKERS.map((path, index) => `<path id="m${index}" d="${path}" stroke="none" />`).join("");
  return `<defs>${markers}</defs>${entries.join("")}`;
}

function drawPanel({ title, lines }: Panel, { x, y }: Chart, left: number): string {
  const right = left + PANEL.width;
  const bottom = PANEL.top + PANEL.height;
  const toX = scale(x.ticks, left, right);
  const toY = scale(y.ticks, bottom, PANEL.top);
  const grid = [
    ...y.ticks.map((tick) => `<line class="grid" x1="${left}" x2="${right}" y1="${toY(tick)}" y2="${toY(tick)}" />`),
    ...x.ticks.map((tick) => `<text x="${toX(tick)}" y="${bottom + 20}" text-anchor="middle">${tick}</text>`),
    ...y.ticks.map((tick) =>
      left === PANEL.left
        ? `<text x="${left - 8}" y="${toY(tick) + 4}" text-anchor="end">${tick.toLocaleString("en")}</text>`
        : "",
    ),
  ];
  const drawn = lines.map(({ points }, index) => {
    const places = points.map(([atX, atY]) => `${toX(atX)} ${toY(atY)}`);
    const marks = places.map((place) => `<use href="#m${index}" class="c${index}" transform="translate(${place})" />`);
    return `<path class="c${index}" d="M${places.join("L")}" />${marks.join("")}`;
  });
  return `<g>
<text class="title" x="${left}" y="${PANEL.top - 10}">${title}</text>
${grid.filter((part) => part !== "").join("\n")}
${drawn.join("\n")}
<text x="${left + PANEL.width / 2}" y="${bottom + 42}" text-anchor="middle">${x.title}</text>
</g>`;
}

/** From the first to the last tick, logarithmic. */
function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const [first, last] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 1)];
  return (value) => Math.round(10 * (from + ((Math.log(value) - first) / (last - first)) * (to - from))) / 10;
}
