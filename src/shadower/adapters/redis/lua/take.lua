-- Read what is new for a group, for the consumer with the highest token.
-- KEYS: stream, state. ARGV: group, consumer, token, how many.
-- Returns 'new' and entries, or without any the stream's last id; or why not.
local field = 'token:' .. ARGV[1]
local held = redis.call('HGET', KEYS[2], field)
if held and tonumber(held) > tonumber(ARGV[3]) then
    return {'superseded'}
end
if held ~= ARGV[3] then
    return {'claim'}
end
local read = redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[4], 'STREAMS', KEYS[1], '>')
if read and read.err then
    return {string.find(read.err, 'NOGROUP', 1, true) and 'missing' or read.err}
end
if read then
    return {'new', read[1][2]}
end
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #stream, 2 do
    if stream[i] == 'last-generated-id' then
        return {'new', {}, stream[i + 1]}
    end
end
