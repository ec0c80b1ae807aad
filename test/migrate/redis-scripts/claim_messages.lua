-- Claims the oldest messages that nobody has claimed and that are not delayed: KEYS is the sorted set of a queue, ARGV the time,
-- the most messages, the id and the end of the claim, and the ttl and the end of messages whose lives would end before it.
local now, most, claim, claim_end, ttl, message_end =
  tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local claimed = {}
for _, id in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do
  if #claimed == most then break end
  local held_until, delayed_until, expires = unpack(redis.call("HMGET", id, "c.e", "d", "e"))
  if expires and tonumber(expires) > now and tonumber(held_until) <= now and tonumber(delayed_until) <= now then
    redis.call("HSET", id, "c", claim, "c.e", claim_end)
    if tonumber(expires) < claim_end then redis.call("HSET", id, "t", ttl, "e", message_end) end
    claimed[#claimed + 1] = id
  end
end
return claimed
