using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Updates under load: nobody notices.</summary>
public sealed class RollingUpdateTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServeProcess _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ServeProcess.StartAsync(_folder.Path);
        await DeployAsync("1");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Update_OfFourReplicasUnderLoad_NoRequestFailsAndFourAreAlwaysReady()
    {
        var before = await _server.ProcessesOfAsync("Front");
        await using var load = new SteadyLoad(_server, "Front");
        await Eventually.TrueAsync(() => load.Versions.ContainsKey("1"));
        await DeployAsync("2");
        await Eventually.TrueAsync(() => before.All(process => !ServeProcess.IsAlive(process)));
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.LeastReady.ShouldBeGreaterThanOrEqualTo(4);
        load.Versions.Keys.ShouldBe(["1", "2"], ignoreOrder: true);
        load.FinishedStreams.ShouldBeGreaterThan(0);
        (await _server.Http.GetStringAsync("/version")).ShouldBe("2");
    }

    [Fact]
    public async Task RollBack_OfFourReplicasUnderLoad_NoRequestFailsAndFourAreAlwaysReady()
    {
        await DeployAsync("2");
        var before = await _server.ProcessesOfAsync("Front");
        await using var load = new SteadyLoad(_server, "Front");
        await Eventually.TrueAsync(() => load.Versions.ContainsKey("2"));
        (await _server.CliAsync("rollback", "default", "--wait")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(() => before.All(process => !ServeProcess.IsAlive(process)));
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.LeastReady.ShouldBeGreaterThanOrEqualTo(4);
        (await _server.Http.GetStringAsync("/version")).ShouldBe("1");
    }

    private Task DeployAsync(string version) => _server.DeployAsync(TestProgram.Document(
        TestProgram.Application($"    args: {{Version: '{version}'}}\n    deployments: [{{name: Front, num_replicas: 4}}]")));
}
