using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Specs.Logging;
using Serve.Telemetry;
using Serve.Telemetry.Logs;
using Serve.Telemetry.Metrics;
using Serve.Testing;

namespace Serve.Tests.Server.Proxies;

/// <summary>What the proxy counts, logs and traces of its requests.</summary>
public sealed class ProxyObserverTests : IDisposable
{
    private readonly string _name = $"shop{Guid.NewGuid():N}";
    private readonly MetricCollector _collector = new(MeterScope.Server, []);
    private readonly RouteTableFeed _table = new(static _ => throw new InvalidOperationException(), TimeProvider.System);
    private readonly TestLog _log = new();
    private readonly LogControl _logging = new(spec: null);
    private readonly ProxyMeter _meter;
    private readonly ProxyObserver _observer;

    public ProxyObserverTests()
    {
        _table.Update(new ApplicationRoutes(_name, "/" + _name, "Api", [new DeploymentRoutes("Api", 10, 10, [])]));
        _meter = new ProxyMeter(_table, "node-" + _name);
        _observer = new ProxyObserver(new ProxyTelemetry(_meter, _logging), _log.CreateLogger<ProxyObserver>(), TimeProvider.System);
    }

    private string Page => ExpositionFormat.Write(MetricFamily.Merge(_collector.Collect(), out _), isOpenMetrics: false);

    public void Dispose()
    {
        _meter.Dispose();
        _collector.Dispose();
    }

    [Fact]
    public async Task Request_Answered_IsCountedByRouteMethodAndStatus()
    {
        await RequestAsync("GET", "/x/1", 200);
        await RequestAsync("GET", "/x/2", 200);
        await RequestAsync("BREW", "/x/3", 418);
        Page.ShouldContain($$"""serve_num_http_requests_total{application="{{_name}}",route="/{{_name}}",method="GET",status_code="200"} 2""");
        Page.ShouldContain($$"""serve_http_request_latency_seconds_count{application="{{_name}}",route="/{{_name}}",method="GET",status_code="200"} 2""");
        Page.ShouldContain($$"""serve_num_http_error_requests_total{application="{{_name}}",route="/{{_name}}",error_code="418",method="other"} 1""");
        Page.ShouldContain($$"""serve_num_deployment_http_error_requests_total{application="{{_name}}",route="/{{_name}}",deployment="Api",error_code="418",method="other"} 1""");
        Page.ShouldNotContain("/x/1");
    }

    [Fact]
    public async Task Request_ThatFoundNoApplication_IsCountedWithEmptyNames()
    {
        await RequestAsync("DELETE", "/nowhere", 404, isRouted: false);
        Page.ShouldContain("""serve_num_http_requests_total{application="",route="",method="DELETE",status_code="404"} """);
    }

    [Fact]
    public async Task Request_ClientHasGone_CountsAs499()
    {
        await RequestAsync("POST", "/", 200, context => context.RequestAborted = new CancellationToken(canceled: true));
        Page.ShouldContain($$"""serve_num_http_error_requests_total{application="{{_name}}",route="/{{_name}}",error_code="499",method="POST"} 1""");
    }

    [Fact]
    public async Task Request_ForTheProxysOwnRoutes_IsNotCounted()
    {
        await RequestAsync("GET", "/-/healthz", 200);
        Page.ShouldNotContain($"""application="{_name}",route""");
    }

    [Theory]
    [InlineData("0", "OK")]
    [InlineData("14", "UNAVAILABLE")]
    [InlineData("", "UNKNOWN")]
    [InlineData("99", "UNKNOWN")]
    public async Task GrpcRequest_Answered_HasTheStatusOfItsTrailers(string trailer, string status)
    {
        await RequestAsync("POST", "/pkg.Service/Do", 200, context =>
        {
            context.Request.ContentType = "application/grpc";
            context.Features.Set<IHttpResponseTrailersFeature>(new Trailers { Value = new HeaderDictionary { ["grpc-status"] = trailer } });
        });
        Page.ShouldContain($$"""serve_num_grpc_requests_total{application="{{_name}}",route="/{{_name}}",method="POST",status_code="{{status}}"} 1""");
    }

    [Fact]
    public async Task Requests_WhileTheyRun_AreOngoingAndNoneIsLeftAfterAFailure()
    {
        var ongoing = $$"""serve_num_ongoing_http_requests{node_id="node-{{_name}}"} """;
        var release = new TaskCompletionSource();
        var running = _observer.InvokeAsync(Context("GET", "/"), async _ =>
        {
            await release.Task;
            throw new InvalidOperationException("cut off");
        });
        Page.ShouldContain(ongoing + "1");
        release.SetResult();
        await Should.ThrowAsync<InvalidOperationException>(running);
        Page.ShouldContain(ongoing + "0");
    }

    [Fact]
    public async Task Application_Deleted_ItsSeriesAreGone()
    {
        await RequestAsync("GET", "/", 200);
        Page.ShouldContain($"application=\"{_name}\"");
        _table.Remove(_name);
        _meter.Prune();
        _collector.Collect();
        Page.ShouldNotContain($"application=\"{_name}\",route");
    }

    [Fact]
    public async Task AccessLog_SwitchedOnWhileTheProxyRuns_NamesTheRequest()
    {
        await RequestAsync("GET", "/quiet", 200);
        _logging.Use(new LoggingSpec { EnableAccessLog = true });
        await RequestAsync("GET", "/loud", 200);
        var line = _log.Entries.ShouldHaveSingleItem().Message;
        line.ShouldStartWith("GET /loud 200 ");
        line.ShouldContain("request r-1");
        line.ShouldContain(_name);
    }

    [Fact]
    public async Task Trace_OfTheClient_GoesOnToTheReplicaAsAChild()
    {
        var spans = new List<Activity>();
        using var listener = Spans.Listen(spans);
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        string? sent = null;
        var context = Context("GET", "/");
        context.Request.Headers.TraceParent = $"00-{trace}-00f067aa0ba902b7-01";
        await _observer.InvokeAsync(context, inner =>
        {
            ProxyObservation.OnRouted(inner, _table.Current.Applications[_name], "r-1");
            using (ProxyObserver.StartRoute(inner))
                sent = inner.Request.Headers.TraceParent;
            return Task.CompletedTask;
        });
        var mine = Spans.Of(spans, trace);
        mine.Select(span => span.OperationName).ShouldBe([SpanNames.Route, SpanNames.ProxyHttp]);
        mine[0].ParentSpanId.ShouldBe(mine[1].SpanId);
        mine[1].ParentSpanId.ToHexString().ShouldBe("00f067aa0ba902b7");
        mine[1].GetTagItem("application").ShouldBe(_name);
        sent.ShouldBe($"00-{trace}-{mine[0].SpanId}-01");
    }

    private Task RequestAsync(string method, string path, int status, Action<HttpContext>? prepare = null, bool isRouted = true)
    {
        var context = Context(method, path);
        prepare?.Invoke(context);
        return _observer.InvokeAsync(context, inner =>
        {
            if (isRouted)
                ProxyObservation.OnRouted(inner, _table.Current.Applications[_name], "r-1");
            inner.Response.StatusCode = status;
            return Task.CompletedTask;
        });
    }

    private static DefaultHttpContext Context(string method, string path) => new() { Request = { Method = method, Path = path } };

    private sealed class Trailers : IHttpResponseTrailersFeature
    {
        IHeaderDictionary IHttpResponseTrailersFeature.Trailers { get; set; } = new HeaderDictionary();

        public required IHeaderDictionary Value
        {
            init => ((IHttpResponseTrailersFeature)this).Trailers = value;
        }
    }
}
