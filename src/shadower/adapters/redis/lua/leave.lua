-- Forget a group. KEYS: stream, state. ARGV: group.
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
end
redis.call('HDEL', KEYS[2], 'token:' .. ARGV[1])
return 'done'
