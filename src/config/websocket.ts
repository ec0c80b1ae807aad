/** The limits of WebSocket connections. */
import { bytes, count, seconds, YEAR, type SettingGroup } from "./setting.ts";

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
    meaning: "most actions per second of one WebSocket connection, and most in a burst; further ones get 503",
    range: { min: 1, max: 1_000_000 },
  }),
  websocketConnectionsPerProject: count({
    default: -1,
    option: "ours",
    meaning:
      "most authenticated WebSocket connections of a project in one hub, which has up to 128 connections; -1: any number",
    range: { min: -1, max: 128 },
  }),
  websocketReplyRate: bytes({
    default: 4_194_304,
    option: "ours",
    meaning:
      "most that a WebSocket connection is sent in replies (bytes per second), after four times as much at once; " +
      "further frames wait for their replies",
    range: { min: 1024, max: 268_435_456 },
  }),
  websocketPushRate: bytes({
    default: 262_144,
    option: "ours",
    meaning:
      "most that is pushed to a WebSocket connection (bytes per second), after 16 times as much at once; further messages " +
      "stay in the queue, and a connection that is behind for a minute is closed (1013)",
    range: { min: 1024, max: 67_108_864 },
  }),
  websocketMaxUnheard: bytes({
    default: 33_554_432,
    option: "ours",
    meaning:
      "most that is pushed to a WebSocket connection after the last frame of its client (bytes); it is then closed (1013)",
    range: { min: 1_048_576, max: 1_073_741_824 },
  }),
  websocketIdleMax: seconds({
    default: 86_400,
    option: "ours",
    meaning: "longest time in which a WebSocket connection performs no action (s); it is then closed (1001)",
    range: { min: 60, max: YEAR },
  }),
} satisfies SettingGroup;
