-- Gives the messages of a post their places in a queue: KEYS are its sorted set and its counter, ARGV their number and ids.
for index = 2, tonumber(ARGV[1]) + 1 do
  redis.call("ZADD", KEYS[1], redis.call("INCR", KEYS[2]), ARGV[index])
end
