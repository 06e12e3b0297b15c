-- Forget a group, unless it is another incarnation. KEYS: stream, state. ARGV: group, incarnation.
local field = 'incarnation:' .. ARGV[1]
if (redis.call('HGET', KEYS[2], field) or '0') ~= ARGV[2] then
    return 'done'
end
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
end
redis.call('HDEL', KEYS[2], 'token:' .. ARGV[1], field)
return 'done'
