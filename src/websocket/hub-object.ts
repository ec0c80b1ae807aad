/**
 * HubObject: holds up to CONNECTIONS_MAX WebSocket connections, whatever their projects. The runtime keeps the sockets while the
 * object sleeps; what it has to know of each is kept with the socket, so a frame costs no row. One object per connection would
 * cost about three times the memory, and a database file each (docs/adr/0013-websocket-hubs.md).
 */
import { DurableObject } from "cloudflare:workers";
import { accessOf } from "../auth/access.ts";
import { configOf } from "../config/config-cache.ts";
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED } from "../domain/quota.ts";
import { ObjectStore } from "../objects/object-store.ts";
import { CONNECTIONS_MAX } from "../objects/rpc/hub.ts";
import { capacityOf } from "../operations/capacity.ts";
import type { ObjectBindings } from "../operations/admission.ts";
import { close, Connection, type ConnectionDeps, type ConnectionState } from "./connection.ts";

export class HubObject extends DurableObject<ObjectBindings> {
  private readonly store: ObjectStore;
  private readonly deps: ConnectionDeps;
  /** Of the sockets that have been used since the object woke. */
  private readonly connections = new Map<string, Connection>();

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const config = configOf(env);
    this.store = new ObjectStore({ ctx, migrations: [], kind: "hub", project: null, place: null });
    const { alarms, clock } = this.store;
    this.deps = {
      config,
      bindings: env,
      access: accessOf(config),
      capacity: capacityOf(config),
      clock: () => clock.now(),
      waitUntil: (work) => ctx.waitUntil(work),
      admitsConnection: (project) => this.admitsConnection(project, config.websocketConnectionsPerProject),
      armAt: (at) => alarms.arm(at),
    };
    ctx.waitUntil(ctx.blockConcurrencyWhile(() => alarms.load()));
  }

  /** Accepts the connection of an upgrade request, or answers 503: the hub is full. */
  override fetch(): Response {
    if (this.ctx.getWebSockets().length >= CONNECTIONS_MAX) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    const now = this.store.clock.now();
    const state: ConnectionState = { id: crypto.randomUUID(), identity: null, checkedAt: now, activeAt: now };
    this.ctx.acceptWebSocket(server, [state.id]);
    server.serializeAttachment(state);
    this.store.alarms.arm(this.connectionOf(server).deadline);
    return new Response(null, { status: 101, webSocket: client });
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

  /** Ends the connections whose time is over. */
  override alarm(): void {
    this.store.alarms.clear();
    const now = this.store.clock.now();
    for (const socket of this.ctx.getWebSockets()) {
      const connection = this.connectionOf(socket);
      connection.check(now);
      if (connection.deadline > now) this.store.alarms.arm(connection.deadline);
    }
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
