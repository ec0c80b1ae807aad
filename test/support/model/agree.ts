/** The comparison of both sides of the model test. */
import { expect } from "vitest";

/** Fails unless service and model agree about something. */
export function agree(about: string, service: unknown, model: unknown): void {
  expect(service, about).toEqual(model);
}
