-- Keep a value, and its name under each of its tags for as long as it is there.
-- KEYS: value, tags… ARGV: value, milliseconds.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
for place = 2, #KEYS do
    redis.call('ZREMRANGEBYSCORE', KEYS[place], '-inf', at)
    redis.call('ZADD', KEYS[place], at + ARGV[2], KEYS[1])
    if redis.call('PTTL', KEYS[place]) < tonumber(ARGV[2]) then
        redis.call('PEXPIRE', KEYS[place], ARGV[2])
    end
end
