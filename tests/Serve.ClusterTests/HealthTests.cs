using System.Net;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Workers that live and do not work, and those that are told to end.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServeProcess _server = null!;

    public async Task InitializeAsync() => _server = await ServeProcess.StartAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Worker_WhoseThreadsAreAllBlocked_IsReplacedThoughItsProcessLives()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var before = (await _server.ProcessesOfAsync("Front")).Single();
        // Whether this one still gets its answer is a matter of luck.
        using var last = await _server.Http.GetAsync("/block");
        await Eventually.TrueAsync(async () => (await _server.ProcessesOfAsync("Front")) is [var process] && process != before);
        (await _server.Http.GetStringAsync("/version")).ShouldBe("1");
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(before));
    }

    [Fact]
    public async Task Replica_WithoutTimeToFinish_IsKilledAtOnce()
    {
        await DeployAsync("1");
        var request = _server.Http.GetAsync("/wait?seconds=600");
        await Eventually.TrueAsync(async () => (await _server.Http.GetStringAsync("/version")) == "1");
        var old = (await _server.ProcessesOfAsync("Front")).Single();
        await DeployAsync("2");
        (await request).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(old));
    }

    private Task DeployAsync(string version) => _server.DeployAsync(TestProgram.Document(
        TestProgram.Application($"    args: {{Version: '{version}'}}\n    deployments: [{{name: Front, graceful_shutdown_timeout_s: 0}}]")));
}
