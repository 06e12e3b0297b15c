-- Add a group, unless it is there, or events beyond its position are gone. Another incarnation gives way.
-- KEYS: stream, state. ARGV: group, position, incarnation.
local floor = redis.call('HGET', KEYS[2], 'floor')
if not floor or tonumber(floor) > tonumber(ARGV[2]) or redis.call('EXISTS', KEYS[1]) == 0 then
    return 'elsewhere'
end
local field = 'incarnation:' .. ARGV[1]
if redis.call('HGET', KEYS[2], field) ~= ARGV[3] then
    redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2] .. '-0')
if not made.err then
    redis.call('HDEL', KEYS[2], 'token:' .. ARGV[1])
    redis.call('HSET', KEYS[2], field, ARGV[3])
end
return 'done'
