using Serve.Testing;

namespace Serve.ClusterTests.Autoscaling;

/// <summary><c>target_capacity</c>, which is of the whole document.</summary>
public sealed class ServerCapacityTests : OwnServerTests
{
    [Fact]
    public async Task TargetCapacity_FallsToZeroAndRises_ReplicasFollowAlsoAfterARestart()
    {
        // While it rises, also from nothing, initial_replicas is the fewest.
        await DeployAsync(100);
        await ReplicasAsync(Server, 3);
        await DeployAsync(50);
        await ReplicasAsync(Server, 1);
        await DeployAsync(0);
        await ReplicasAsync(Server, 0);
        await Server.KillAsync();

        await using var restarted = await ServeProcess.StartAsync(Folder.Path);
        await ReplicasAsync(restarted, 0);
        await restarted.DeployAsync(Document(100));
        await ReplicasAsync(restarted, 3);
    }

    private Task DeployAsync(double capacity) => Server.DeployAsync(Document(capacity));

    private static async Task ReplicasAsync(ServeProcess server, int count) => await Eventually.TrueAsync(
        async () => (await server.Admin.LoadAsync("default", CancellationToken.None)).Deployments is [var desk] && desk.ReplicasTarget == count && desk.ReplicasReady == count,
        text: $"{count} replicas");

    private static string Document(double capacity) => $"target_capacity: {capacity}\n" + TestProgram.Document(TestProgram.Application("""
            runtime_env: {env_vars: {TEST_PROGRAM: desk}}
            deployments:
              - name: Desk
                autoscaling_config: {min_replicas: 2, initial_replicas: 3, max_replicas: 4, downscale_delay_s: 0, look_back_period_s: 1}
        """));
}
