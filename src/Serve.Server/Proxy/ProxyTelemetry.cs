using Serve.Telemetry.Logs;

namespace Serve.Server.Proxy;

/// <summary>Where a proxy's requests are counted, and whether they are logged.</summary>
internal sealed record ProxyTelemetry(ProxyMeter Meter, LogControl Log);
