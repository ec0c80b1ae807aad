/** Makes the parts of a home that have to do with claims, each of which needs others. */
import { Claims } from "./claims.ts";
import { ConnectionWaits, type ConnectionWaitsDeps } from "./connection-waits.ts";
import { SpreadClaims, type SpreadClaimsDeps } from "./spread-claims.ts";
import { Waiters } from "./waiters.ts";
import type { QueueHost } from "./host.ts";

interface ClaimParts {
  readonly waiters: Waiters;
  readonly connectionWaits: ConnectionWaits;
  readonly claims: Claims;
  readonly spreadClaims: SpreadClaims;
}

export function makeClaimParts(host: QueueHost, spreading: SpreadClaimsDeps["spreading"]): ClaimParts {
  const waiters = new Waiters({ host, onAdd: () => spreadClaims.watchAll() });
  const withdraw: ConnectionWaitsDeps["withdraw"] = (claim, undo) => spreadClaims.withdraw(claim, undo);
  const connectionWaits = new ConnectionWaits({ host, waiters, withdraw });
  const claims = new Claims({ host, waiters, connectionWaits });
  const spreadClaims: SpreadClaims = new SpreadClaims({ host, spreading, waiters, claims, connectionWaits });
  return { waiters, connectionWaits, claims, spreadClaims };
}
