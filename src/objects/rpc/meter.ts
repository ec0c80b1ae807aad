/**
 * The interface of a project's meter, for Workers, objects and the operations that show figures. Callers and meters of different
 * versions call each other: readers tolerate absent members.
 */
import type { ClientId, ProjectId } from "../../domain/id.ts";
import type { ProjectMetrics, ServiceMetrics } from "../../domain/metrics.ts";
import type { MeterOverview, OverviewSort } from "../../domain/overview.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { RequestCounts } from "../../domain/request-counts.ts";
import type { Series, SeriesStep } from "../../domain/series.ts";
import type { EpochMs } from "../../domain/time.ts";

export interface MeterRpc {
  /** Marks queues as hot and opens the reporter's session, before the answers to changes leave. */
  begin(request: BeginRequest): Promise<MeterReply>;
  /** Takes figures, and what the reporter does not know. */
  report(request: ReportRequest): Promise<MeterReply>;
  /** The figures of queues and topics, computed to now. */
  overview(request: OverviewRequest): Promise<MeterOverview>;
  /** Points of the past of a queue or topic, or of the whole project. */
  series(request: SeriesRequest): Promise<Series>;
  /** The sums over the queues and over the topics, for monitors. */
  metrics(): Promise<ProjectMetrics>;
}

/** The one object that lists the projects in use, and has the counts of the requests of the whole service. */
export interface ActiveProjectsRpc {
  /** A project's meter has news. */
  noteActive(request: { readonly project: ProjectId }): Promise<void>;
  /** Up to `limit` projects that had news, the latest first. */
  activeProjects(request: { readonly limit: number }): Promise<readonly ProjectId[]>;
  /** Adds the requests that a Worker or hub has answered since its last report. */
  countRequests(request: { readonly counts: readonly RequestCounts[] }): Promise<void>;
  /** As `activeProjects`, with the number of those that had news in the last 24 hours, and with the requests. */
  service(request: { readonly limit: number }): Promise<ServiceNumbers>;
}

export interface ServiceNumbers {
  readonly projects: readonly ProjectId[];
  readonly projectCount: number;
  /** null: none was counted yet. */
  readonly requests: ServiceMetrics["requests"];
}

/** What a reporter says of itself. */
interface Reporter {
  /** Random, per isolate or object. */
  readonly reporter: string;
  readonly session: string;
  /** By the reporter's clock. */
  readonly sentAt: EpochMs;
  /** The factor of its periods by which it sends; absent: 1. */
  readonly pace?: number;
}

export interface BeginRequest extends Reporter {
  readonly places: readonly Place[];
}

export interface ReportRequest extends Omit<Reporter, "session"> {
  /** null: an object reports from its alarm. */
  readonly session: string | null;
  readonly final: boolean;
  /** Figures as the answers carried them (`readFigures`). */
  readonly figures: readonly { readonly place: Place; readonly packed: readonly unknown[] }[];
  readonly deliveries?: readonly { readonly place: Place; readonly packed: readonly unknown[] }[];
  /** Changes whose outcome the reporter does not know, with the instants at which it learned that. */
  readonly doubts: readonly { readonly place: Place; readonly at: EpochMs }[];
  readonly consumers?: readonly ConsumerNews[];
}

/** What a client did with a queue since the reporter's last report. */
export interface ConsumerNews {
  readonly place: Place;
  readonly client: ClientId;
  readonly askedAt: EpochMs;
  readonly claimed: number;
  readonly deleted: number;
}

export interface MeterReply {
  /** Random, per start of the meter. */
  readonly era: string;
  /** A factor for the reporter's periods: 1, 2 or 3. */
  readonly pace: number;
  /** Hot queues, and for how many milliseconds: those of the begin, and once a minute all. Absent: none to tell. */
  readonly hot?: readonly (readonly [Place, number])[];
}

export interface OverviewRequest {
  readonly kind: PlaceKind | null;
  /** Names that begin with this only: the prefix of an API key. */
  readonly prefix: string;
  /** A substring of the name; null: any. */
  readonly name: string | null;
  readonly sort: OverviewSort;
  readonly limit: number;
  /** By name: the answer begins after this one. The sums are of all. */
  readonly marker?: string;
  /** Asks the objects of the queues on this page that are hot and unconfirmed. */
  readonly asks: boolean;
  /** Asks all objects of this page, whatever is known. */
  readonly fresh?: true;
  /** This queue or topic only. It is asked even if the meter has never heard of it; absent from `places`: it does not exist. */
  readonly place?: Place;
  /** Whether the answer has the consumers of each queue. */
  readonly consumers?: true;
  /** Whether the answer has the free messages of the last hour of each place. */
  readonly trend?: true;
}

export interface SeriesRequest {
  /** null: the whole project. */
  readonly place: Place | null;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly step: SeriesStep;
}
