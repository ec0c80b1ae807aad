/** What a WebSocket connection may send and hold. */
import { bytes, count, seconds, YEAR, type Settings } from "./setting.ts";

export const WEBSOCKET_SETTINGS = {
  websocketMaxFrame: bytes({
    default: 1_114_112,
    option: "ours",
    meaning: "largest WebSocket frame (bytes); a larger one closes the connection (1009)",
    range: { min: 1024, max: 33_554_432 },
  }),
  websocketActionsPerSecond: count({
    default: 1000,
    option: "ours",
    meaning:
      "actions of one WebSocket connection per second, with a burst of as many; beyond, an action is answered 503",
    range: { min: 1, max: 1_000_000 },
  }),
  websocketConnectionsPerProject: count({
    default: -1,
    option: "ours",
    meaning:
      "most authenticated WebSocket connections of a project in one hub, which has up to 128 connections; -1: any number",
    range: { min: -1, max: 128 },
  }),
  websocketIdleMax: seconds({
    default: 86_400,
    option: "ours",
    meaning: "how long a WebSocket connection may send nothing (s); after that it is closed (1001)",
    range: { min: 60, max: YEAR },
  }),
} satisfies Settings;
