-- Add to a count, which goes some time after it began.
-- KEYS: count. ARGV: by, milliseconds.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return count
