using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Serve.Admin;
using Serve.ClusterTests.Behaviour;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>An application of one test on the shared server, with a load that is exactly what the test says. It goes with the test.</summary>
internal sealed class ScaledApplication : IAsyncDisposable
{
    private static int s_last;

    private readonly TestServer _server;
    private readonly HttpClient _admin;
    private readonly List<string> _held = [];
    private readonly List<Task<string>> _requests = [];
    private readonly string _program;

    /// <param name="server">The server.</param>
    /// <param name="program">Which of the test programs.</param>
    /// <param name="deployment">The deployment that is scaled.</param>
    private ScaledApplication(TestServer server, string program, string deployment)
    {
        _server = server;
        _program = program;
        Deployment = deployment;
        Name = $"scaled{Interlocked.Increment(ref s_last)}";
        _admin = new HttpClient { BaseAddress = server.AdminAddress };
        Http = new HttpClient { BaseAddress = new Uri(server.Http.BaseAddress!, $"/{Name}/"), Timeout = Eventually.Patience };
    }

    public string Name { get; }

    public string Deployment { get; }

    /// <summary>A client of the application.</summary>
    public HttpClient Http { get; }

    public JournalFolder Journal { get; } = new();

    /// <summary>The desk program, which serves one request at a time and holds it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="autoscaling">Its <c>autoscaling_config</c>, as JSON without the braces; the window is short unless it says otherwise.</param>
    /// <param name="more">More of the deployment's keys, with a comma before them.</param>
    public static Task<ScaledApplication> DeskAsync(TestServer server, string autoscaling, string more = "") => StartAsync(new(server, "desk", "Desk"), autoscaling, more);

    /// <summary>The office program: the archive is scaled, the clerk is what its calls may wait for.</summary>
    /// <inheritdoc cref="DeskAsync"/>
    public static Task<ScaledApplication> OfficeAsync(TestServer server, string autoscaling) => StartAsync(new(server, "office", "Archive"), autoscaling, "");

    /// <summary>Declares the application, or declares it anew, and waits until it runs.</summary>
    public async Task DeployAsync(string autoscaling, string more = "", string version = "1", string application = "", string others = "")
    {
        var scaling = JsonNode.Parse("""{"target_ongoing_requests": 1, "look_back_period_s": 1, "upscale_delay_s": 0, "downscale_delay_s": 0.3}""")!.AsObject();
        foreach (var (key, value) in JsonNode.Parse($$"""{ {{autoscaling}} }""")!.AsObject())
            scaling[key] = value?.DeepClone();
        var config = JsonNode.Parse($$"""
            {
              "route_prefix": "/{{Name}}",
              "import_path": "{{TestProgram.Dll}}",
              "runtime_env": {"env_vars": {"TEST_PROGRAM": "{{_program}}"} },
              "args": {"Journal": "{{Journal.Path}}", "Version": "{{version}}"}{{application}},
              "deployments": [{
                "name": "{{Deployment}}", "graceful_shutdown_timeout_s": 600,
                "autoscaling_config": {{scaling.ToJsonString()}}{{more}}
              }{{others}}]
            }
            """)!;
        using var reply = await _admin.PutAsJsonAsync($"/api/serve/applications/{Name}", config);
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
        await _server.WaitForAsync(ApplicationStatus.RUNNING, Name);
    }

    /// <summary>Begins requests that are held until they are let go of.</summary>
    /// <param name="count">How many.</param>
    /// <param name="path">The endpoint that holds them.</param>
    public void Hold(int count, string path = "hold")
    {
        for (var i = 0; i < count; i++)
        {
            var key = Journal.NewKey();
            _held.Add(key);
            _requests.Add(PostAsync($"{path}?key={key}"));
        }

        // No GET: that would be made again where its replica is lost.
        async Task<string> PostAsync(string url)
        {
            using var reply = await Http.PostAsync(url, content: null);
            return await reply.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        }
    }

    /// <summary>Lets go of the held requests but for the last so many.</summary>
    public void Release(int butFor = 0)
    {
        foreach (var key in _held.SkipLast(butFor))
            Journal.Release(key);
        _held.RemoveRange(0, _held.Count - butFor);
    }

    /// <summary>Lets go of all held requests and waits for their answers; each must have one.</summary>
    public async Task FinishAsync()
    {
        Release();
        await Task.WhenAll(_requests).WaitAsync(Eventually.Patience);
        _requests.Clear();
    }

    /// <summary>Waits until the held requests have failed, since what they wait on was killed.</summary>
    public async Task LoseAsync()
    {
        foreach (var request in _requests)
            await Should.ThrowAsync<HttpRequestException>(request.WaitAsync(Eventually.Patience));
        _requests.Clear();
        _held.Clear();
    }

    public Task<AutoscalingDetails> AutoscalingAsync() => _server.Admin.AutoscalingAsync(Name, Deployment, CancellationToken.None);

    public async Task<DeploymentLoadDetails> LoadAsync() => (await AutoscalingAsync()).Load;

    /// <summary>Waits until so many replicas are there and shall be.</summary>
    public async Task<IReadOnlyList<int>> ReplicasAsync(int count)
    {
        await UntilAsync(async () => await LoadAsync() is var load && load.ReplicasTarget == count && load.ReplicasReady == count, $"{count} replicas");
        return await ProcessesAsync(Deployment);
    }

    /// <summary>Waits until the autoscaler decides by a rule.</summary>
    public Task RuleAsync(string rule) => UntilAsync(async () => (await AutoscalingAsync()).Now?.Rule == rule, $"the rule {rule}");

    /// <summary>Waits for a condition; where it does not come true, what the server says of the deployment is part of the failure.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        try
        {
            await Eventually.TrueAsync(condition, text: text);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await _server.CliAsync("top", Name)}\n{await _server.CliAsync("explain", Name, Deployment)}", exception);
        }
    }

    public async Task<DeploymentStatus> StatusAsync() => (await _server.ApplicationAsync(Name))!.Deployments[Deployment].Status;

    public async Task<IReadOnlyList<int>> ProcessesAsync(string deployment) => await _server.ProcessesOfAsync(deployment, Name);

    public async ValueTask DisposeAsync()
    {
        Release();
        Journal.Release("start");
        await _server.Admin.DeleteAsync(Name, CancellationToken.None);
        await Eventually.TrueAsync(async () => await _server.ApplicationAsync(Name) is null);
        Http.Dispose();
        _admin.Dispose();
        Journal.Dispose();
    }

    private static async Task<ScaledApplication> StartAsync(ScaledApplication application, string autoscaling, string more)
    {
        await application.DeployAsync(autoscaling, more);
        return application;
    }
}
