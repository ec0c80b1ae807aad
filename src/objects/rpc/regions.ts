/** Objects in regions (ADR 14): the only place where the platform is told a jurisdiction or a location. */
import { HOME, partsOf, type Jurisdiction, type Region } from "../../domain/region.ts";

/** The namespace of a region. `bound`: the jurisdiction of the whole service. Plain workerd throws for every jurisdiction. */
function namespaceIn(
  namespace: DurableObjectNamespace,
  region: Region,
  bound: Jurisdiction | null,
): DurableObjectNamespace {
  const jurisdiction = region === HOME ? bound : (partsOf(region).jurisdiction ?? bound);
  return jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
}

/** The stub of an object. Only the first call of all has an effect on the location of an object; plain workerd ignores it. */
export function objectIn(
  namespace: DurableObjectNamespace,
  name: string,
  { region, bound }: { readonly region: Region; readonly bound: Jurisdiction | null },
): DurableObjectStub {
  const space = namespaceIn(namespace, region, bound);
  const location = region === HOME ? null : partsOf(region).location;
  return location === null ? space.getByName(name) : space.getByName(name, { locationHint: location });
}
