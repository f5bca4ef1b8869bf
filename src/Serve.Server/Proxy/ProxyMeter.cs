using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serve.Admin;
using Serve.Routing;
using Serve.Telemetry;

namespace Serve.Server.Proxy;

/// <summary>What a proxy counts.</summary>
internal sealed class ProxyMeter : IDisposable
{
    private readonly ConcurrentDictionary<ApplicationRouter, RouteMeter> _routes = new();
    private readonly RouteMeter _unrouted = new(application: "", route: "", ingress: "");
    private readonly RouteTableFeed _table;
    private readonly Meter _meter;

    public ProxyMeter(RouteTableFeed table, string node)
    {
        _table = table;
        _meter = new Meter(new MeterOptions(MeterNames.Proxy) { Tags = [new(TelemetryTags.Node, node)] });
        ServeMetrics.OngoingHttpRequests.CreateGauge(_meter, () => OngoingHttp.Value);
        ServeMetrics.OngoingGrpcRequests.CreateGauge(_meter, () => OngoingGrpc.Value);
        ServeMetrics.ProxyStatus.CreateGauge(_meter, () => (long)(table.Current.IsPopulated ? ProxyStatus.HEALTHY : ProxyStatus.STARTING));
    }

    public StripedCounter OngoingHttp { get; } = new();

    public StripedCounter OngoingGrpc { get; } = new();

    /// <param name="application">The application that a request was for, or null where none was found.</param>
    public RouteMeter Of(ApplicationRouter? application)
    {
        if (application is null)
            return _unrouted;
        return _routes.TryGetValue(application, out var meter) ? meter : _routes.GetOrAdd(application, static application => Create(application));
    }

    /// <summary>Ends the series of applications that are gone, and begins new ones where a route has changed.</summary>
    public void Prune()
    {
        var applications = _table.Current.Applications;
        foreach (var (application, meter) in _routes)
        {
            var isSame = ReferenceEquals(applications.GetValueOrDefault(application.Name), application)
                && meter.Route == (application.Routes.RoutePrefix ?? "") && meter.Ingress == (application.Routes.Ingress ?? "");
            if (!isSame && _routes.TryRemove(application, out var gone))
                gone.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var meter in _routes.Values)
            meter.Dispose();
        _unrouted.Dispose();
        _meter.Dispose();
    }

    private static RouteMeter Create(ApplicationRouter application) => new(application.Name, application.Routes.RoutePrefix ?? "", application.Routes.Ingress ?? "");
}
