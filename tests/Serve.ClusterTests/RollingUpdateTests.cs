using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Updates under load: nobody notices.</summary>
public sealed class RollingUpdateTests : OwnServerTests
{
    private protected override Task PrepareAsync() => DeployAsync("1");

    [Fact]
    public async Task Update_OfFourReplicasUnderLoad_NoRequestFailsAndFourAreAlwaysReady()
    {
        var before = await Server.ProcessesOfAsync("Front");
        await using var load = new SteadyLoad(Server, "Front");
        await Eventually.TrueAsync(() => load.Versions.ContainsKey("1"));
        await DeployAsync("2");
        await Eventually.TrueAsync(() => before.All(process => !TestServer.IsAlive(process)));
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.LeastReady.ShouldBeGreaterThanOrEqualTo(4);
        load.Versions.Keys.ShouldBe(["1", "2"], ignoreOrder: true);
        load.FinishedStreams.ShouldBeGreaterThan(0);
        (await Server.Http.GetStringAsync("/version")).ShouldBe("2");
    }

    [Fact]
    public async Task RollBack_OfFourReplicasUnderLoad_NoRequestFailsAndFourAreAlwaysReady()
    {
        await DeployAsync("2");
        var before = await Server.ProcessesOfAsync("Front");
        await using var load = new SteadyLoad(Server, "Front");
        await Eventually.TrueAsync(() => load.Versions.ContainsKey("2"));
        (await Server.CliAsync("rollback", "default", "--wait")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(() => before.All(process => !TestServer.IsAlive(process)));
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.LeastReady.ShouldBeGreaterThanOrEqualTo(4);
        (await Server.Http.GetStringAsync("/version")).ShouldBe("1");
    }

    private Task DeployAsync(string version) => Server.DeployAsync(TestProgram.Document(
        TestProgram.Application($"    args: {{Version: '{version}'}}\n    deployments: [{{name: Front, num_replicas: 4}}]")));
}
