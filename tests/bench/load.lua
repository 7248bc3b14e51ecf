-- One fixed request, which wrk builds once. BODY names a file with the body, SIGNATURE is the header's value.
local body = os.getenv("BODY") or ""
if body ~= "" then
  local file = assert(io.open(body, "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  file:close()
  wrk.headers["Content-Type"] = "application/json"
end
local signature = os.getenv("SIGNATURE") or ""
if signature ~= "" then wrk.headers["X-Hook-Signature"] = signature end

done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
