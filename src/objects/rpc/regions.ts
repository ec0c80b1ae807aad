/** Stubs of objects in regions (ADR 14). Only this file passes jurisdictions and locations to the platform. */
import { HOME, partsOf, type Jurisdiction, type Region } from "../../domain/region.ts";

/** The namespace of a region. `ofService`: the jurisdiction of the whole service. Plain workerd throws for every jurisdiction. */
function namespaceIn(
  namespace: DurableObjectNamespace,
  region: Region,
  ofService: Jurisdiction | null,
): DurableObjectNamespace {
  const jurisdiction = region === HOME ? ofService : (partsOf(region).jurisdiction ?? ofService);
  return jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
}

/** The stub of an object. The location counts only in the first call that an object ever gets; plain workerd ignores it. */
export function objectIn(
  namespace: DurableObjectNamespace,
  name: string,
  { region, jurisdiction }: { readonly region: Region; readonly jurisdiction: Jurisdiction | null },
): DurableObjectStub {
  const space = namespaceIn(namespace, region, jurisdiction);
  const location = region === HOME ? null : partsOf(region).location;
  return location === null ? space.getByName(name) : space.getByName(name, { locationHint: location });
}
