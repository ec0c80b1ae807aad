/** The services that are measured side by side. */
import { BEANSTALKD } from "./beanstalkd.ts";
import { NATS } from "./nats.ts";
import type { Peer } from "./peer.ts";
import { POSTGRESQL } from "./postgresql.ts";
import { RABBITMQ } from "./rabbitmq.ts";
import { SUKKAL } from "./sukkal.ts";

export const PEERS: readonly Peer[] = [SUKKAL, BEANSTALKD, POSTGRESQL, RABBITMQ, NATS];
