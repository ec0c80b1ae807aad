/**
 * HubObject: holds up to CONNECTIONS_MAX WebSocket connections, whatever their projects. The runtime keeps the sockets while the
 * object sleeps; what it has to know of each is kept with the socket, so a frame costs no row. One object per connection would
 * cost about three times the memory, and a database file each (docs/adr/0013-websocket-hubs.md).
 */
import { DurableObject } from "cloudflare:workers";
import { authServicesOf } from "../auth/auth-services.ts";
import { configOf } from "../config/config-cache.ts";
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED } from "../domain/quota.ts";
import { unwrap } from "../domain/refusal.ts";
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { ObjectStore } from "../objects/object-store.ts";
import {
  CONNECTIONS_MAX,
  type HubRpc,
  type Push,
  type PushAnswer,
  type WaitAnswer,
  type WaitOutcome,
} from "../objects/rpc/hub.ts";
import type { ObjectAccess, ObjectBindings } from "../operations/admission.ts";
import { capacityOf } from "../operations/capacity.ts";
import {
  endConnectionWait,
  isConnectionSubscribed,
  SharedStubs,
  reportFigures,
  unsubscribeConnection,
} from "../operations/connections.ts";
import { REPORT_MS } from "../operations/request-reports.ts";
import { HUB_MIGRATIONS } from "../storage/hub/schema.ts";
import { HubSubscriptionStore } from "../storage/hub/subscriptions.ts";
import { close, Connection, newConnection, type ConnectionDeps, type ConnectionState } from "./connection.ts";
import { OwnReports } from "./own-reports.ts";
import { OwnSubscriptions } from "./own-subscriptions.ts";
import { PushFrames } from "./push.ts";
import { identityOfUpgrade } from "./upgrade-identity.ts";
import type { Wait } from "./waits.ts";

/** Milliseconds that clients have to answer the closing of their connections, and between two looks. */
const CLOSE_MS_MAX = 500;
const CLOSE_LOOK_MS = 5;

export class HubObject extends DurableObject<ObjectBindings> implements HubRpc {
  private readonly store: ObjectStore;
  private readonly rows: HubSubscriptionStore;
  private readonly subscriptions: OwnSubscriptions;
  private readonly reports: OwnReports;
  private readonly deps: ConnectionDeps;
  private readonly access: ObjectAccess;
  /** Of the sockets that have been used since the object woke. */
  private readonly connections = new Map<string, Connection>();

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const config = configOf(env);
    const hub = ctx.id.name ?? "";
    const capacity = capacityOf(config);
    const rebuild = (): void => this.open();
    this.store = new ObjectStore({ ctx, migrations: HUB_MIGRATIONS, kind: "hub", project: null, place: null, rebuild });
    const { store } = this;
    const { alarms, clock } = store;
    this.access = { bindings: env, gate: capacity.gate };
    const armAt = (at: EpochMs): void => alarms.arm(at);
    this.rows = new HubSubscriptionStore(store.sql);
    this.subscriptions = new OwnSubscriptions({
      rows: this.rows,
      write: (work) => store.write(work),
      unsubscribe: (subscribed, connection) => unsubscribeConnection(this.access, subscribed, { hub, connection }),
      isSubscribed: (subscribed, connection) => isConnectionSubscribed(this.access, subscribed, { hub, connection }),
      connected: () => this.connected(),
      armAt,
      clock: () => clock.now(),
      logFault: (error) => store.logFault("hub subscriptions", error),
    });
    this.reports = new OwnReports({
      armAt,
      report: (project, turn) =>
        reportFigures({ ...this.access, reporters: capacity.reporters }, { project, turn, clock: () => clock.now() }),
    });
    this.deps = {
      hub,
      config,
      bindings: env,
      auth: authServicesOf(config),
      capacity,
      clock: () => clock.now(),
      waitUntil: (work) => ctx.waitUntil(work),
      admitsConnection: (project) => this.admitsConnection(project, config.websocketConnectionsPerProject),
      subscriptions: this.subscriptions,
      reportAt: (project, turn) => this.reports.add(project, turn),
      shared: new SharedStubs(),
      armAt,
      planReport: () => alarms.arm(toEpochMs(clock.now() + REPORT_MS)),
      ended: (connection, waits) => ctx.waitUntil(this.conclude(connection, waits)),
      logFault: (operation, error) => store.logFault(`hub ${operation}`, error),
    };
    ctx.waitUntil(
      ctx.blockConcurrencyWhile(async () => {
        await alarms.load();
        this.open();
        if (this.subscriptions.hasLost) alarms.arm(clock.now());
      }),
    );
  }

  /** Accepts the connection of an upgrade request. 503: the hub is full. 403: the project has as many connections as it may. */
  override fetch({ headers }: Request): Response {
    if (this.ctx.getWebSockets().length >= CONNECTIONS_MAX) return new Response(null, { status: 503 });
    // The Worker has checked it.
    const identity = unwrap(identityOfUpgrade(this.deps.config, headers));
    const project = identity?.principal.project ?? null;
    if (project !== null && !this.deps.admitsConnection(project)) return new Response(null, { status: 403 });
    const { 0: client, 1: server } = new WebSocketPair();
    const state = newConnection(crypto.randomUUID(), identity, this.store.clock.now());
    this.ctx.acceptWebSocket(server, [state.id]);
    server.serializeAttachment(state);
    this.store.alarms.arm(this.connectionOf(server).nextCheck);
    return new Response(null, { status: 101, webSocket: client });
  }

  async push(request: Push): Promise<readonly PushAnswer[]> {
    const frames = new PushFrames(request);
    return request.connections.map((id) => this.pushTo(id, request, frames));
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.openSockets().map((socket) => this.connectionOf(socket).finish()));
    // As long as a connection is open, the process does not end by itself. One that never sent a frame stays open all the same:
    // the runtime then closes its TCP connection only after 10 s (measured).
    for (let waited = 0; waited < CLOSE_MS_MAX && this.ctx.getWebSockets().length > 0; waited += CLOSE_LOOK_MS) {
      await scheduler.wait(CLOSE_LOOK_MS);
    }
  }

  async settleWait({ connection: id, ...wait }: WaitOutcome): Promise<WaitAnswer> {
    const connection = this.connections.get(id) ?? this.connectionWith(id);
    return connection === null ? "gone" : connection.settleWait(wait);
  }

  override webSocketMessage(socket: WebSocket, payload: string | ArrayBuffer): Promise<void> {
    return this.connectionOf(socket).receive(payload);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.forget(socket);
    close(socket, code, reason);
  }

  override webSocketError(socket: WebSocket): void {
    this.forget(socket);
  }

  /** Ends the connections whose time is over, and what lost ones have left. Reports the counted frames. */
  override async alarm(): Promise<void> {
    this.store.alarms.clear();
    const { requests } = this.deps.capacity;
    if (requests !== null) this.ctx.waitUntil(requests.send(this.access));
    const now = this.store.clock.now();
    for (const socket of this.openSockets()) {
      const connection = this.connectionOf(socket);
      connection.check(now);
      if (connection.nextCheck > now) this.store.alarms.arm(connection.nextCheck);
    }
    await Promise.all([this.subscriptions.endLost(), this.reports.send(now)]);
  }

  private pushTo(id: string, { project, place, epoch, notifications }: Push, frames: PushFrames): PushAnswer {
    const subscribed = this.subscriptions.find(id, project, place);
    const connection = this.connections.get(id) ?? this.connectionWith(id);
    if (subscribed === null || connection === null) return "gone";
    const { position } = subscribed;
    const pushed = position?.epoch === epoch ? position.number : 0;
    const answer = connection.push(subscribed, frames, pushed);
    const last = notifications.at(-1)?.number ?? 0;
    // What a queue repeats after a crash may end before what it had pushed.
    if (answer === "taken" && last > pushed) subscribed.position = { epoch, number: last };
    return answer;
  }

  private connectionWith(id: string): Connection | null {
    const [socket] = this.ctx.getWebSockets(id);
    return socket === undefined ? null : this.connectionOf(socket);
  }

  private connectionOf(socket: WebSocket): Connection {
    // The runtime keeps what `fetch` or a connection has attached.
    const state = socket.deserializeAttachment() as ConnectionState;
    let connection = this.connections.get(state.id);
    if (connection === undefined) {
      connection = new Connection(socket, state, this.deps);
      this.connections.set(state.id, connection);
    }
    return connection;
  }

  /** Ends at the queues what a connection has left there. */
  private async conclude(connection: string, waits: readonly Wait[]): Promise<void> {
    const ended = waits.map((wait) => endConnectionWait(this.access, wait));
    for (const each of await Promise.allSettled([...ended, this.subscriptions.end(connection)])) {
      // A wait that could not be ended is over when its time is up.
      if (each.status === "rejected") this.store.logFault("hub waits", each.reason);
    }
  }

  private openSockets(): readonly WebSocket[] {
    return this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  private connected(): ReadonlySet<string> {
    return new Set(this.openSockets().flatMap((socket) => this.ctx.getTags(socket)));
  }

  private open(): void {
    if (this.store.open()) this.rows.load();
  }

  private forget(socket: WebSocket): void {
    const connection = this.connectionOf(socket);
    connection.leave();
    this.connections.delete(connection.id);
  }

  private admitsConnection(project: ProjectId, max: number): boolean {
    if (max === UNLIMITED) return true;
    const others = this.ctx.getWebSockets().filter((socket) => this.connectionOf(socket).project === project);
    return others.length < max;
  }
}
