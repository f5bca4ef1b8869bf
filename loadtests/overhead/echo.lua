-- About 1 KB of JSON: an id, a text and 64 numbers.
local values = {}
for i = 1, 64 do values[i] = string.format("%.4f", i / 7) end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":42,"text":"' .. string.rep("lorem ipsum ", 40) .. '","values":[' .. table.concat(values, ",") .. ']}'
