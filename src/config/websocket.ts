/** The limits of WebSocket connections. */
import { bytes, count, seconds, YEAR, type SettingGroup } from "./setting.ts";

export const WEBSOCKET_SETTINGS = {
  websocketMaxFrame: bytes({ default: 1_114_112, range: { min: 1024, max: 33_554_432 } }),
  websocketActionsPerSecond: count({ default: 1000, range: { min: 1, max: 1_000_000 } }),
  /** -1: any number. */
  websocketConnectionsPerProject: count({ default: -1, range: { min: -1, max: 128 } }),
  websocketReplyRate: bytes({ default: 4_194_304, range: { min: 1024, max: 268_435_456 } }),
  websocketPushRate: bytes({ default: 262_144, range: { min: 1024, max: 67_108_864 } }),
  websocketMaxUnheard: bytes({ default: 33_554_432, range: { min: 1_048_576, max: 1_073_741_824 } }),
  websocketIdleMax: seconds({ default: 86_400, range: { min: 60, max: YEAR } }),
} satisfies SettingGroup;
