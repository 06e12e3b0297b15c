-- Take over what the consumers of a group have been given and did not acknowledge, some at a time.
-- KEYS: stream, state. ARGV: group, consumer, token, id to go on from, how many.
-- Returns 'claimed', entries and the id to go on from; or why not.
local field = 'token:' .. ARGV[1]
local held = redis.call('HGET', KEYS[2], field)
if held and tonumber(held) > tonumber(ARGV[3]) then
    return {'superseded'}
end
local claimed = redis.pcall('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], '0', ARGV[4], 'COUNT', ARGV[5])
if claimed.err then
    return {string.find(claimed.err, 'NOGROUP', 1, true) and 'missing' or claimed.err}
end
redis.call('HSET', KEYS[2], field, ARGV[3])
if claimed[1] == '0-0' then
    -- Everything is ours: those before us have nothing left, and what is new is only for this token.
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
        local name, pending
        for i = 1, #consumer, 2 do
            if consumer[i] == 'name' then name = consumer[i + 1] end
            if consumer[i] == 'pending' then pending = consumer[i + 1] end
        end
        if name ~= ARGV[2] and pending == 0 then
            redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
        end
    end
end
return {'claimed', claimed[2], claimed[1]}
