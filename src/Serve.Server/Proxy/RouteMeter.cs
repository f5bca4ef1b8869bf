using System.Diagnostics.Metrics;
using Serve.Telemetry;

namespace Serve.Server.Proxy;

/// <summary>What a proxy counts of the requests for one application. Its series vanish with it.</summary>
internal sealed class RouteMeter : IDisposable
{
    private readonly KeyValuePair<string, object?> _deployment;
    private readonly Meter _meter;
    private readonly Counter<long> _http;
    private readonly Counter<long> _grpc;
    private readonly Counter<long> _httpErrors;
    private readonly Counter<long> _grpcErrors;
    private readonly Counter<long> _deploymentHttpErrors;
    private readonly Counter<long> _deploymentGrpcErrors;
    private readonly Histogram<double> _httpLatency;
    private readonly Histogram<double> _grpcLatency;

    /// <param name="application">The application, or nothing for requests that found none.</param>
    /// <param name="route">Its route prefix, or nothing.</param>
    /// <param name="ingress">The deployment that takes its requests, or nothing.</param>
    public RouteMeter(string application, string route, string ingress)
    {
        Ingress = ingress;
        Route = route;
        _deployment = new(TelemetryTags.Deployment, ingress);
        _meter = new Meter(new MeterOptions(MeterNames.Proxy) { Tags = [new(TelemetryTags.Application, application), new(TelemetryTags.Route, route)] });
        _http = ServeMetrics.HttpRequests.CreateCounter(_meter);
        _grpc = ServeMetrics.GrpcRequests.CreateCounter(_meter);
        _httpErrors = ServeMetrics.HttpErrors.CreateCounter(_meter);
        _grpcErrors = ServeMetrics.GrpcErrors.CreateCounter(_meter);
        _deploymentHttpErrors = ServeMetrics.DeploymentHttpErrors.CreateCounter(_meter);
        _deploymentGrpcErrors = ServeMetrics.DeploymentGrpcErrors.CreateCounter(_meter);
        _httpLatency = ServeMetrics.HttpLatency.CreateHistogram(_meter);
        _grpcLatency = ServeMetrics.GrpcLatency.CreateHistogram(_meter);
    }

    public string Ingress { get; }

    public string Route { get; }

    public void Record(in ProxyOutcome outcome, TimeSpan time)
    {
        var method = new KeyValuePair<string, object?>(TelemetryTags.Method, outcome.Method);
        var status = new KeyValuePair<string, object?>(TelemetryTags.StatusCode, outcome.Status);
        (outcome.IsGrpc ? _grpc : _http).Add(1, method, status);
        (outcome.IsGrpc ? _grpcLatency : _httpLatency).Record(time.TotalSeconds, method, status);
        if (outcome.IsError)
            RecordError(outcome, method);
    }

    public void Dispose() => _meter.Dispose();

    private void RecordError(in ProxyOutcome outcome, in KeyValuePair<string, object?> method)
    {
        var code = new KeyValuePair<string, object?>(TelemetryTags.ErrorCode, outcome.Status);
        (outcome.IsGrpc ? _grpcErrors : _httpErrors).Add(1, method, code);
        if (Ingress.Length > 0)
            (outcome.IsGrpc ? _deploymentGrpcErrors : _deploymentHttpErrors).Add(1, _deployment, method, code);
    }
}
