/** The life of a message to scale: its past, the lease that holds it, now, and its end. Without a lease nothing is green. */
import type { JSX } from "preact";
import { now } from "../../../state/clock.ts";
import { distance, instant } from "../../../text/instants.ts";
import { expiryOf, stateOf, type PeekedMessage } from "./message-state.ts";

const WIDTH = 1000;

export function LifeBar({ message }: { readonly message: PeekedMessage }): JSX.Element {
  const at = now.value;
  const from = message.created.getTime();
  const to = expiryOf(message);
  const x = (instantMs: number): number =>
    to <= from ? WIDTH : Math.round((Math.max(0, Math.min(instantMs, to) - from) / (to - from)) * WIDTH);
  const lease = stateOf(message, at) === "claimed" ? (message.claimedUntil?.getTime() ?? null) : null;
  const moments = [
    { what: "posted", when: from },
    ...(lease === null ? [] : [{ what: "lease ends", when: lease }]),
    { what: "expires", when: to },
  ];
  return (
    <div class="life">
      <svg viewBox={`0 0 ${WIDTH} 20`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="life-whole" x="0" y="6" width={WIDTH} height="8" />
        <rect class="life-past" x="0" y="6" width={x(at)} height="8" />
        {lease !== null && <rect class="life-lease" x={x(at)} y="6" width={Math.max(4, x(lease) - x(at))} height="8" />}
        <path class="life-now" d={`M${x(at)} 0V20`} />
      </svg>
      <dl>
        {moments.map(({ what, when }) => (
          <div key={what}>
            <dt>
              {what} {instant(when, at)}
            </dt>
            <dd>{distance(when, at)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
