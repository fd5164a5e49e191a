// What runs inside Redis (7.0 or later, or Valkey): each function is one atomic step.
//
// A bucket is one key, {b}: a hash of the sessions whose token's hash begins with the byte b.
//   ""       its fence: "process/generation" of a copy that may answer; "copying/generation" of one in the making
//   <hash>   the session as text (text.ts), or "?change" while a change of its row is under way
//
// Nothing is stored here that was not claimed first, and an ending removes the claim. So a write
// that arrives late, or out of order, finds nothing to write to.

/** The library's version. Redis keeps each version that was loaded, so versions of Latchkey can differ. */
export const LIBRARY = "latchkey_2";

/**
 * The process that answers, and the history that it follows. A process that was a replica in between
 * has another history, although it is the same process. A replica cannot run these functions:
 * none of them is declared as free of writes.
 */
export const SOURCE = `#!lua name=${LIBRARY}
local me
local function process()
  if not me then
    me = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') .. '.' ..
      string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)'), 1, 16)
  end
  return me
end

local function isMine(fence)
  return string.sub(fence, 1, #process() + 1) == process() .. '/'
end

-- ARGV for each key: fence, hash. For each 'fenced', nothing, a claim, or the text
local function find(keys, args)
  local answers = {}
  for at, key in ipairs(keys) do
    local fence = args[2 * at - 1]
    local values = redis.call('HMGET', key, '', args[2 * at])
    if values[1] ~= fence or not isMine(fence) then values[2] = 'fenced' end
    answers[at] = values[2]
  end
  return answers
end

-- ARGV fence, change, hash ... 'other' when another process has taken over
local function claim(keys, args)
  if not isMine(args[1]) then return 'other' end
  if redis.call('HGET', keys[1], '') ~= args[1] then return 'fenced' end
  for at = 3, #args do redis.call('HSET', keys[1], args[at], '?' .. args[2]) end
  return 'claimed'
end

-- ARGV fence, change, hash, text
local function put(keys, args)
  local values = redis.call('HMGET', keys[1], '', args[3])
  if values[1] ~= args[1] or not isMine(args[1]) then return 'fenced' end
  if values[2] ~= '?' .. args[2] then return 'late' end
  redis.call('HSET', keys[1], args[3], args[4])
  return 'put'
end

-- ARGV fence, hash ... Whatever the fence: what has ended must be in no copy of this process.
local function bury(keys, args)
  if not isMine(args[1]) then return 'other' end
  for at = 2, #args do redis.call('HDEL', keys[1], args[at]) end
  return 'buried'
end

-- ARGV fence, hash, when it was used, address
local function touch(keys, args)
  local values = redis.call('HMGET', keys[1], '', args[2])
  if values[1] ~= args[1] or not isMine(args[1]) then return 'fenced' end
  if not values[2] then return 'none' end
  local seen, rest = string.match(values[2], '^(%d+) %S+ (.*)$')
  if not seen then return 'claimed' end
  if tonumber(seen) < tonumber(args[3]) then redis.call('HSET', keys[1], args[2], args[3] .. ' ' .. args[4] .. ' ' .. rest) end
  return 'touched'
end

-- the process, and the fence of the bucket
local function who(keys)
  return {process(), redis.call('HGET', keys[1], '') or ''}
end

-- ARGV generation. Begins a copy, without what was there.
local function begin(keys, args)
  redis.call('UNLINK', keys[1])
  redis.call('HSET', keys[1], '', 'copying/' .. args[1])
  return process()
end

-- ARGV generation, hash, text ...
local function fill(keys, args)
  if redis.call('HGET', keys[1], '') ~= 'copying/' .. args[1] then return 'late' end
  for at = 2, #args, 2 do redis.call('HSET', keys[1], args[at], args[at + 1]) end
  return 'filled'
end

-- ARGV generation, the process that began the copy
local function open(keys, args)
  if args[2] ~= process() or redis.call('HGET', keys[1], '') ~= 'copying/' .. args[1] then return 'late' end
  redis.call('HSET', keys[1], '', process() .. '/' .. args[1])
  return 'open'
end

local full = {'allow-oom'}
redis.register_function{function_name = '${LIBRARY}_find', callback = find, flags = full}
redis.register_function{function_name = '${LIBRARY}_bury', callback = bury, flags = full}
redis.register_function{function_name = '${LIBRARY}_who', callback = who, flags = full}
redis.register_function('${LIBRARY}_claim', claim)
redis.register_function('${LIBRARY}_put', put)
redis.register_function('${LIBRARY}_touch', touch)
redis.register_function('${LIBRARY}_begin', begin)
redis.register_function('${LIBRARY}_fill', fill)
redis.register_function('${LIBRARY}_open', open)
`;
