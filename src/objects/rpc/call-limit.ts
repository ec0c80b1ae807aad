/**
 * The calls of other objects that one call of an object makes; then the alarm calls it again. The platform allows 1,000, and
 * 10,000 on paid plans. The rest is for the other calls that the object makes.
 */
export const SLICE_MAX = 400;
