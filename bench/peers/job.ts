/** A job for the load process of the peers, and its result. Plain data, because both cross a process boundary. */
export interface PeerJob {
  readonly peer: string;
  readonly port: number;
  /** The first process of the service. */
  readonly pid: number;
  readonly connections: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

export interface PeerSample {
  readonly seconds: number;
  /** Messages that were stored, taken and deleted; a third of one for each of the three. */
  readonly messages: number;
  /** Milliseconds: the median time of a post of ten. */
  readonly postP50Ms: number;
  /** CPU seconds of all processes of the service; null: not known on this system. */
  readonly serverCpuSeconds: number | null;
}
