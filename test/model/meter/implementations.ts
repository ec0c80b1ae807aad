/** What a run can judge: the protocol of the model, and that of the service. */
import { Isolate } from "./isolate.ts";
import { Meter } from "./meter.ts";
import type { Implementation } from "./run.ts";
import { Series } from "./series.ts";
import { ServiceIsolate } from "./service-isolate.ts";
import { ServiceMeter } from "./service.ts";

export const MODEL: Implementation = (world, addPoint) => {
  const meter = new Meter(world, new Series(world, addPoint));
  return { meter, isolate: (name) => new Isolate(world, name, meter) };
};

/** One of its isolates is a hub. */
export const SERVICE: Implementation = (world, addPoint) => {
  const meter = new ServiceMeter(world, addPoint);
  return { meter, isolate: (name) => new ServiceIsolate(world, name, { meter, isHub: name === "c" }) };
};
