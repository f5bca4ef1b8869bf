using System.Net;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Workers that live and do not work, and those that are told to end.</summary>
public sealed class HealthTests : OwnServerTests
{
    [Fact]
    public async Task Worker_WhoseThreadsAreAllBlocked_IsReplacedThoughItsProcessLives()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var before = (await Server.ProcessesOfAsync("Front")).Single();
        // Whether this one still gets its answer is a matter of luck.
        using var last = await Server.Http.GetAsync("/block");
        await Eventually.TrueAsync(async () => (await Server.ProcessesOfAsync("Front")) is [var process] && process != before);
        (await Server.Http.GetStringAsync("/version")).ShouldBe("1");
        await Eventually.TrueAsync(() => !TestServer.IsAlive(before));
    }

    [Fact]
    public async Task Replica_WithoutTimeToFinish_IsKilledAtOnce()
    {
        await DeployAsync("1");
        // Not a GET: that would be asked of the next replica again.
        var request = Server.Http.PostAsync("/wait?seconds=600", content: null);
        await Eventually.TrueAsync(async () => (await Server.Http.GetStringAsync("/version")) == "1");
        var old = (await Server.ProcessesOfAsync("Front")).Single();
        await DeployAsync("2");
        (await request).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        await Eventually.TrueAsync(() => !TestServer.IsAlive(old));
    }

    private Task DeployAsync(string version) => Server.DeployAsync(TestProgram.Document(
        TestProgram.Application($"    args: {{Version: '{version}'}}\n    deployments: [{{name: Front, graceful_shutdown_timeout_s: 0}}]")));
}
