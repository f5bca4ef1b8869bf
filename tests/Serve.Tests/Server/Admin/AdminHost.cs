using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Serve.Server.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Server.Telemetry;
using Serve.Server.Store.Embedded;
using Serve.Status;
using Serve.Testing;
using Serve.Testing.Cluster;
using Serve.Tests.Server.Store;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Admin;

/// <summary>A real admin server over a real controller and store in this process, with a node that runs nothing.</summary>
internal sealed class AdminHost : IAsyncDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly EmbeddedStore _store;
    private AdminServer _server = null!;
    private bool _hasAgent = true;
    private bool _hasController = true;

    private AdminHost()
    {
        _store = _folder.Open();
    }

    public ControllerActor Controller { get; private set; } = null!;

    public FakeLoad Load { get; } = new();

    public AutoscalerLoop Autoscaler { get; private set; } = null!;

    public ScalingPolicies Policies { get; private set; } = null!;

    /// <summary>What the program's policies say.</summary>
    public Func<PolicyQuestion, PolicyAnswer> Decide { get; set; } = static _ => PolicyAnswer.Failed("nobody has told it what to say.");

    public StoreAgent Agent { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public Uri Address => _server.Address;

    public ManualTimeProvider Clock => _folder.Clock;

    public TestLog Log => _folder.Log;

    public MetricsPage Metrics { get; } = new(TimeProvider.System);

    public bool WasShutDown { get; private set; }

    /// <summary>A program of two deployments: Api takes requests and calls Model.</summary>
    public static readonly ProgramDescription Program = new(1,
    [
        FakeProgram.Ingress("Api") with { Handles = ["Model", "Model"], Routes = [new RouteDescription("GET", "/hello")] },
        FakeProgram.Deployment("Model", replicas: 2, cpus: 0.5),
    ],
    Policies: ["Shop.QueuePolicy"]);

    public static async Task<AdminHost> StartAsync(double cpus = 8)
    {
        var host = new AdminHost();
        host.Controller = await ControllerActor.StartAsync(host._store, maxRequestBodyBytes: 1024, host.Clock, host.Log, default);
        host.Agent = await StoreAgent.StartAsync(host._store, Program, cpus, host.Clock, host.Log);
        await host.WaitForAsync(state => state.Nodes.Count == 1);
        host.Policies = new ScalingPolicies(() => host.Controller.State, new MetricBook(host.Clock), (_, question, _) => Task.FromResult<string?>(host.Decide(PolicyQuestion.Parse(question)).ToJson()), host.Clock, host.Log.CreateLogger<ScalingPolicies>());
        host.Autoscaler = new AutoscalerLoop(host.Controller, host.Load, host.Policies, host.Clock, host.Log);
        var options = new AdminOptions
        {
            Host = "127.0.0.1",
            Port = 0,
            Node = StoreAgent.Node,
            ProcessId = 77,
            Shutdown = () => host.WasShutDown = true,
        };
        host._server = await AdminServer.StartAsync(options, host.Controller, host.Autoscaler, new FakeLogs(), host.Clock, host.Log, host.Metrics, default);
        host.Http = new HttpClient { BaseAddress = host._server.Address, Timeout = Eventually.Patience };
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        await Autoscaler.DisposeAsync();
        await Policies.DisposeAsync();
        await StopAgentAsync();
        await StopControllerAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
        Metrics.Dispose();
    }

    /// <summary>From now on nobody carries orders out.</summary>
    public async Task StopAgentAsync()
    {
        if (_hasAgent)
            await Agent.DisposeAsync();
        _hasAgent = false;
    }

    public async Task StopControllerAsync()
    {
        if (_hasController)
            await Controller.DisposeAsync();
        _hasController = false;
    }

    public Task<ControllerState> WaitForAsync(Func<ControllerState, bool> condition) => Controller.WaitForAsync(condition, default).WaitAsync(Eventually.Patience);

    /// <summary>Submits an application and waits until it runs.</summary>
    public async Task DeployAsync(string name, string? more = null)
    {
        var reply = await SendAsync("PUT", $"/api/serve/applications/{name}", App(name, more));
        reply.Status.ShouldBe(200, reply.ToString());
        await WaitUntilRunningAsync(name);
    }

    public Task WaitUntilRunningAsync(string name) => WaitForAsync(state => StatusRules.Of(state.Applications[name]) == ApplicationStatus.RUNNING);

    /// <summary>The declaration of an application of the fake program.</summary>
    public static string App(string name, string? more = null) => $$"""{"route_prefix": "/{{name}}", "import_path": "/p"{{(more is null ? "" : ", " + more)}}}""";

    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path with its query.</param>
    /// <param name="body">The body, or null for none.</param>
    /// <param name="contentType">What the body says it is.</param>
    /// <param name="headers">More headers, names and values in turn.</param>
    public async Task<AdminReplyText> SendAsync(string method, string path, string? body = null, string contentType = "application/json", params string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType));
        foreach (var pair in headers.Chunk(2))
            request.Headers.TryAddWithoutValidation(pair[0], pair[1]);
        using var response = await Http.SendAsync(request);
        return new AdminReplyText((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.Tag, response.Headers.RetryAfter?.ToString());
    }

    private sealed class FakeLogs : ILogSource
    {
        public async IAsyncEnumerable<string> ReadAsync(
            string application, string? deployment, string? replica, int tail, bool follow, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return $"{application} {deployment} {replica} {tail} {follow}";
        }
    }
}

internal sealed record AdminReplyText(int Status, string Body, string? ETag, string? RetryAfter)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Error => Json["error"]!.GetValue<string>();

    public IEnumerable<string> Errors => Json["errors"]!.AsArray().Select(error => error!.GetValue<string>());

    public override string ToString() => $"{Status} {Body}";
}
