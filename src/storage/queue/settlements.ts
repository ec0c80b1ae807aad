/**
 * Settles claims: deletes some of a claim's messages and releases others, in one transaction. A message that is released with a
 * delay gets the end of the delay as an exception of its segment, in the row that its claim count needs anyway. So any number of
 * different delays costs no further row, and the message is treated as one that was posted with a delay.
 */
import type { Epoch } from "../../domain/id.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Release, Settlement, SettlementFailure } from "../../domain/settlement.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import { toRanges } from "../../mechanisms/range-set.ts";
import type { Availability } from "./availability.ts";
import type { Census } from "./census.ts";
import { countClaim } from "./claim-counts.ts";
import { checkHolder, type Claim, type ClaimStore } from "./claims.ts";
import type { MessageExceptions } from "./exceptions.ts";
import type { MessageLog } from "./message-log.ts";
import type { Messages } from "./messages.ts";
import { idOf, sequenceOf, type Entry } from "./segment.ts";
import type { Tally } from "./tally.ts";

export interface SettlementsDeps {
  readonly claims: ClaimStore;
  readonly messages: Messages;
  readonly log: MessageLog;
  readonly availability: Availability;
  readonly epoch: Epoch;
  readonly census: Census;
  readonly tally: Tally;
}

export class Settlements {
  private readonly deps: SettlementsDeps;

  constructor(deps: SettlementsDeps) {
    this.deps = deps;
  }

  /**
   * Settles a claim, completely or, with a failure, not at all. Ids to delete are ignored when their message does not exist any
   * more, and ids to release when the claim does not hold their message, so a repeat has no further effect. Returns the number of
   * messages that can be claimed at once; null: the claim is over, and a message to delete still exists.
   */
  settle(
    id: string,
    { deleted, released }: Settlement,
    now: EpochMs,
  ): Result<number, Exclude<SettlementFailure, "claim-not-found">> | null {
    const { claims, messages, log, epoch, census, tally } = this.deps;
    const claim = claims.find(id);
    const entries = messages.find(deleted, now);
    if (claim === null) return entries.length === 0 ? ok(0) : null;
    for (const entry of entries) {
      const failure = checkHolder(idOf(entry, epoch), { holder: claims.holderOf(sequenceOf(entry)), named: claim });
      if (failure !== null) return err(failure);
    }
    const gone = new Set(entries.map(sequenceOf));
    const releases = this.heldBy(claim, released, { except: gone, now });
    for (const sequence of gone) claims.noteDeletion(sequence);
    if (releases.size > 0) claims.releaseSome(claim, [...releases.keys()]);
    const changed = [...releases].filter(([, { isCounted, delay }]) => isCounted || delay > 0);
    log.removeAndChange(
      gone,
      changed.map(([sequence]) => sequence),
      (entry, exceptions) => change(entry, exceptions, { release: releases.get(sequenceOf(entry)), now, census }),
    );
    tally.add("deleted", gone.size);
    tally.add("released", releases.size);
    return ok(this.makeClaimable(releases, now));
  }

  /** The releases of the messages that the claim holds, by their numbers. */
  private heldBy(
    claim: Claim,
    released: readonly Release[],
    { except, now }: { readonly except: ReadonlySet<number>; readonly now: EpochMs },
  ): ReadonlyMap<number, Release> {
    const { claims, messages } = this.deps;
    const releases = new Map<number, Release>();
    for (const release of released) {
      for (const sequence of messages.find(release.ids, now).map(sequenceOf)) {
        if (claims.holderOf(sequence) === claim && !except.has(sequence)) releases.set(sequence, release);
      }
    }
    return releases;
  }

  /** Makes released messages claimable now or after their delay. Returns the number of the first. */
  private makeClaimable(releases: ReadonlyMap<number, Release>, now: EpochMs): number {
    const { availability } = this.deps;
    const byDelay = Map.groupBy(releases, ([, { delay }]) => delay);
    for (const [delay, group] of byDelay) {
      const ranges = toRanges(group.map(([sequence]) => sequence).toSorted((a, b) => a - b));
      if (delay === 0) availability.makeClaimable(ranges);
      else availability.makeClaimableAt(endOf(delay, now), ranges);
    }
    return byDelay.get(0)?.length ?? 0;
  }
}

/** Records a release in the exceptions of the message's segment. */
function change(
  entry: Entry,
  exceptions: MessageExceptions,
  { release, now, census }: { readonly release: Release | undefined; readonly now: EpochMs; readonly census: Census },
): void {
  if (release === undefined) return;
  if (release.isCounted) countClaim(entry, exceptions);
  if (release.delay === 0) return;
  const until = endOf(release.delay, now);
  census.delay(entry, until);
  exceptions.delays.set(entry.offset, until);
}

function endOf(delay: number, now: EpochMs): EpochMs {
  return after(now, toSeconds(delay));
}
