/**
 * The requests that this Worker or hub has answered since its last report. They are counted in memory, and their numbers are sent
 * to one object for the whole service. A report that fails is not repeated, because it may have arrived: the numbers are then too
 * small, but never too large.
 */
import { RequestCounter, type Transport } from "../domain/request-counts.ts";
import { Pauses } from "../mechanisms/pauses.ts";
import { toObjects, type ObjectAccess } from "../objects/rpc/stubs.ts";
import type { RequestEvent } from "../telemetry/event.ts";

/** Milliseconds from the first request to the report, and after which a report that was not sent counts as lost. */
export const REPORT_MS = 8_000;
const OVERDUE_MS = 12_000;

export class RequestReports {
  private readonly counter = new RequestCounter();
  /** When a report was last planned; null: it has been sent. */
  private plannedAt: number | null = null;
  private readonly pauses = new Pauses();

  /** Returns whether a report has to be planned: the caller calls `send` after REPORT_MS. */
  count(transport: Transport, { operation, elapsed }: RequestEvent, status: number, now: number): boolean {
    this.counter.count(transport, operation, status, elapsed());
    if (this.plannedAt !== null && Math.abs(now - this.plannedAt) < OVERDUE_MS) return false;
    this.plannedAt = now;
    return true;
  }

  /** Never rejects. */
  async send({ bindings, gate }: ObjectAccess): Promise<void> {
    this.plannedAt = null;
    const counts = this.counter.all();
    if (counts.length === 0) return;
    this.counter.clear();
    try {
      await toObjects(bindings, gate).activeProjects().countRequests({ counts });
    } catch {
      // It may have arrived. No request waits for it, and a service in which it fails has more to log.
    }
  }

  /** For Workers, which have no alarm. */
  async sendLater(access: ObjectAccess): Promise<void> {
    await this.pauses.pause(REPORT_MS);
    await this.send(access);
  }

  /** Sends at once what is planned: the process ends. */
  close(): void {
    this.pauses.close();
  }
}
