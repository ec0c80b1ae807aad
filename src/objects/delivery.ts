/** DeliveryObject: pushes the notifications of one subscription to its subscriber. */
import { DurableObject } from "cloudflare:workers";

export class DeliveryObject extends DurableObject {}
