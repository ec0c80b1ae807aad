/** Consumers of a queue, whose claims wait, in a process of their own. The argument has the options as JSON. */
import { randomUUID } from "node:crypto";
import { Arrivals } from "../arrivals.ts";
import { messageIds, TRUSTED } from "../load/requests.ts";
import type { Response } from "../load/response.ts";
import { TRANSPORTS, type Transport } from "../load/transports.ts";
import { fail, openMany } from "./opening.ts";

export interface ConsumersOptions {
  readonly port: number;
  readonly count: number;
  readonly queue: string;
  readonly transport: Transport;
  /** Whether each claims one message only. Otherwise it deletes the message, and its next claim waits again. */
  readonly areDoneAfterOne: boolean;
}

/** The longest wait with the default settings. */
const WAIT_S = 20;

const { port, count, queue, transport, areDoneAfterOne } = JSON.parse(process.argv[2] ?? "") as ConsumersOptions;
const { open, requests } = TRANSPORTS[transport];
const arrivals = new Arrivals();

async function consume(): Promise<void> {
  const exchange = await open(port, fail);
  const caller = { queue, clientId: randomUUID(), identity: TRUSTED };
  const claim = requests.claim(caller, 1, WAIT_S);
  const wait = (): void => exchange.send(claim, take);
  const take = ({ status, body }: Response): void => {
    if (status === NOTHING) return wait();
    if (status !== CLAIMED) return fail(new Error(`a claim was answered ${status}`));
    arrivals.add(body);
    if (!areDoneAfterOne) exchange.send(requests.deleteMany(caller, messageIds(body)), wait);
  };
  wait();
}

const CLAIMED = 201;
const NOTHING = 204;

arrivals.serve();
openMany(count, consume);
