using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>A controller and a node in two processes: each is killed, and the other goes on.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SplitServer _server = null!;

    public async Task InitializeAsync() => _server = await SplitServer.StartAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Controller_Killed_NodeServesOnAndTheNextControllerTakesItsReplicasOver()
    {
        await DeployAsync("1", replicas: 2);
        var before = await _server.ProcessesOfAsync("Front");
        await _server.KillControllerAsync();
        (await _server.Http.GetStringAsync("/version")).ShouldBe("1");
        (await _server.Http.GetStringAsync("/echo?text=hi")).ShouldContain("hi");
        var status = await _server.CliAsync("status");
        status.ExitCode.ShouldBe(3);
        status.Error.ShouldContain("No controller answers at");
        status.Error.ShouldContain("go on serving without it");

        await _server.StartControllerAgainAsync();
        await _server.WaitForAsync(ApplicationStatus.RUNNING);
        (await _server.ProcessesOfAsync("Front")).ShouldBe(before);
        (await _server.CliAsync("status")).Output.ShouldContain(_server.NodeAddresses.Http!.ToString().TrimEnd('/'));
        (await _server.CliAsync("logs", "default", "Front")).Output.ShouldNotBeEmpty();

        await DeployAsync("1", replicas: 3);
        var three = await _server.ProcessesOfAsync("Front");
        three.Count.ShouldBe(3);
        before.ShouldBeSubsetOf(three);
    }

    [Fact]
    public async Task Controller_KilledInTheMiddleOfAnUpdateUnderLoad_NobodyNoticesAndTheNextOneFinishesIt()
    {
        await DeployAsync("1", replicas: 4);
        var old = await _server.ProcessesOfAsync("Front");
        await using var load = new SteadyLoad(_server, "Front");
        await Eventually.TrueAsync(() => load.Versions.ContainsKey("1"));
        (await _server.CliAsync("deploy", _server.WriteDocument(Document("2", replicas: 4)))).ExitCode.ShouldBe(0);
        var updated = new List<int>();
        await Eventually.TrueAsync(async () =>
        {
            var now = await _server.ProcessesOfAsync("Front");
            updated = [.. now.Except(old)];
            return updated.Count > 0 && now.Intersect(old).Any();
        });
        await _server.KillControllerAsync();
        var (answered, streams) = (load.Versions.Values.Sum(), load.FinishedStreams);
        await Eventually.TrueAsync(() => load.Versions.Values.Sum() > answered + 50 && load.FinishedStreams > streams);

        await _server.StartControllerAgainAsync();
        await Eventually.TrueAsync(async () => await _server.ProcessesOfAsync("Front") is { Count: 4 } now && !now.Intersect(old).Any());
        await _server.WaitForAsync(ApplicationStatus.RUNNING);
        await Eventually.TrueAsync(() => !old.Any(TestServer.IsAlive));
        updated.ShouldBeSubsetOf(await _server.ProcessesOfAsync("Front"), "what was updated before the kill stays");
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.LeastReady.ShouldBeGreaterThanOrEqualTo(4);
        load.Versions.Keys.ShouldBe(["1", "2"], ignoreOrder: true);
        (await _server.Http.GetStringAsync("/version")).ShouldBe("2");
    }

    [Fact]
    public async Task Node_Killed_ItsWorkersDieAndComeBackWithIt()
    {
        await DeployAsync("1", replicas: 2);
        var before = await _server.ProcessesOfAsync("Front");
        await _server.KillNodeAsync();
        await Eventually.TrueAsync(() => !before.Any(TestServer.IsAlive), TimeSpan.FromSeconds(5));

        await _server.StartNodeAgainAsync();
        await Eventually.TrueAsync(async () => await _server.ProcessesOfAsync("Front") is { Count: 2 } now && !now.Intersect(before).Any());
        await _server.WaitForAsync(ApplicationStatus.RUNNING);
        (await _server.Http.GetStringAsync("/version")).ShouldBe("1");
    }

    [Fact]
    public async Task SecondController_OnTheSameFolder_IsRefused()
    {
        var second = await CommandProcess.RunAsync("start", "--role", "controller", "--data-dir", _folder.Path, "--admin-port", "0");
        second.ExitCode.ShouldBe(1);
        second.Error.ShouldContain("in use by another server's controller");
    }

    [Theory]
    [InlineData("--join is for --role node", "--join", "/tmp")]
    [InlineData("network address", "--role", "node", "--join", "10.0.0.1:7000")]
    [InlineData("network address", "--role", "node", "--join", "http://head:7000")]
    [InlineData("must be all, controller or node", "--role", "head")]
    [InlineData("--node-name", "--node-name", "a/b")]
    [InlineData("--http-port is not for --role controller", "--role", "controller", "--http-port", "0")]
    [InlineData("--admin-port is not for --role node", "--role", "node", "--admin-port", "0")]
    public async Task Options_ThatDontGoTogether_AreRefused(string reason, params string[] options)
    {
        var result = await CommandProcess.RunAsync(["start", "--data-dir", _folder.File("other"), .. options]);
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain(reason);
    }

    private Task DeployAsync(string version, int replicas) => _server.DeployAsync(Document(version, replicas));

    private static string Document(string version, int replicas) => TestProgram.Document(
        TestProgram.Application($"    args: {{Version: '{version}'}}\n    deployments: [{{name: Front, num_replicas: {replicas}}}]"));
}
