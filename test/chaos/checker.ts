/** Compares the diaries of the consumers with what the client promises. */
import type { Fact } from "./diary.ts";

export interface Diary {
  readonly name: string;
  /** When it was ended by SIGKILL, by the clock of the diaries; null: it was not. */
  readonly killedAt: number | null;
  readonly facts: readonly Fact[];
}

interface Delivery {
  readonly by: string;
  readonly id: string;
  readonly number: number;
  readonly begunAt: number;
  readonly killedAt: number | null;
  end: { readonly at: number; readonly how: "done" | "failed" | "aborted" } | null;
  isSettled: boolean;
}

/** Milliseconds between the clocks of two processes. */
const CLOCKS_APART = 5;

/** Violations as sentences. `posted`: the ids of the messages by their numbers. */
export function check(diaries: readonly Diary[], posted: ReadonlyMap<number, string>): readonly string[] {
  const byNumber = Map.groupBy(diaries.flatMap(deliveriesOf), ({ number }) => number);
  const violations: string[] = [];
  for (const [number, id] of posted) {
    const deliveries = (byNumber.get(number) ?? []).toSorted((a, b) => a.begunAt - b.begunAt);
    if (!deliveries.some(({ end }) => end?.how === "done")) violations.push(`message ${number} was lost`);
    for (const other of deliveries) {
      if (other.id !== id) violations.push(`message ${number} was stored twice: as ${id} and ${other.id}`);
    }
    for (const [index, delivery] of deliveries.entries()) {
      const next = deliveries[index + 1];
      if (next !== undefined) violations.push(...unexplained(delivery, next));
    }
  }
  for (const { name, facts } of diaries) {
    const lost = facts.filter(({ kind }) => kind === "lost").length;
    if (lost > 0) violations.push(`${name} has lost ${lost} leases, although the service was never away for so long`);
  }
  return violations;
}

/** How many deliveries there were beyond the first of each message, and how many of them a kill explains. */
export function countDuplicates(diaries: readonly Diary[]): { readonly all: number; readonly byKills: number } {
  const ended = [...Map.groupBy(diaries.flatMap(deliveriesOf), ({ number }) => number).values()].flatMap((deliveries) =>
    deliveries.toSorted((a, b) => a.begunAt - b.begunAt).slice(0, -1),
  );
  return { all: ended.length, byKills: ended.filter(({ end }) => end === null || end.how === "done").length };
}

function deliveriesOf({ name: by, killedAt, facts }: Diary): Delivery[] {
  const deliveries: Delivery[] = [];
  const latest = new Map<string, Delivery>();
  for (const fact of facts) {
    if (fact.kind === "begun") {
      const { id, number, at: begunAt } = fact;
      const delivery: Delivery = { by, id, number, begunAt, killedAt, end: null, isSettled: false };
      deliveries.push(delivery);
      latest.set(id, delivery);
    } else if (fact.kind === "ended") {
      const delivery = latest.get(fact.id);
      if (delivery !== undefined) delivery.end = fact;
    } else if (fact.kind === "settled") {
      for (const delivery of fact.ids.map((id) => latest.get(id)))
        if (delivery !== undefined) delivery.isSettled = true;
    }
  }
  return deliveries;
}

/** A message is delivered again after a failure, after a stop that did not wait for its handler, and after a kill. */
function unexplained(delivery: Delivery, next: Delivery): readonly string[] {
  const { by, number, end, killedAt, isSettled } = delivery;
  const again = `message ${number} of ${by} was delivered to ${next.by}`;
  const overAt = end?.at ?? killedAt;
  if (overAt === null || next.begunAt < overAt - CLOCKS_APART) return [`${again} while it was handled`];
  if (end === null || end.how !== "done") return [];
  if (killedAt === null) return [`${again} although it was handled`];
  return isSettled ? [`${again} although it was deleted before the kill`] : [];
}
