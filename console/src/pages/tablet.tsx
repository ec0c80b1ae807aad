/** The tablet beside the sign-in: lines of wedges, one of which goes ahead. Their sequence is fixed, so it never changes. */
import type { JSX } from "preact";

const WIDTH = 840;
const LINES = 20;
const LINE_HEIGHT = 44;
/** Lengths and gaps of wedges, taken in turn. */
const LENGTHS = [84, 62, 92, 78, 56, 88, 66, 74];
const GAPS = [24, 36, 20, 30, 26, 16, 32];
/** The one that goes ahead. */
const SENT = { line: 9, wedge: 4 };

export function Tablet(): JSX.Element {
  return (
    <svg class="tablet" viewBox={`0 0 ${WIDTH} 900`} preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {Array.from({ length: LINES }, (_, line) => wedgesOf(line))}
    </svg>
  );
}

function wedgesOf(line: number): readonly JSX.Element[] {
  const wedges: JSX.Element[] = [];
  const y = 44 + line * LINE_HEIGHT;
  let x = 48 + (line % 3) * 14;
  for (let index = 0; x < WIDTH; index++) {
    const length = LENGTHS[(index * 3 + line * 5) % LENGTHS.length] ?? 0;
    const isSent = line === SENT.line && index === SENT.wedge;
    // A head of 18 by 18, and a tail that ends in a point.
    const [neck, end] = [x + 18, x + length];
    const upper = `M${x} ${y - 9} ${neck} ${y - 1.6} ${end} ${y - 0.5}`;
    const lower = `${end} ${y + 0.5} ${neck} ${y + 1.6} ${x} ${y + 9}Z`;
    wedges.push(<path key={`${line}-${index}`} class={isSent ? "sent" : undefined} d={`${upper} ${lower}`} />);
    x += length + (GAPS[(index * 2 + line * 3) % GAPS.length] ?? 0);
  }
  return wedges;
}
