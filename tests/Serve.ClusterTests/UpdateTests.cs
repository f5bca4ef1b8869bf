using System.Net;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Changes of applications that run.</summary>
public sealed class UpdateTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServeProcess _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ServeProcess.StartAsync(_folder.Path);
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}")));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task UserConfig_Changed_ReachesTheReplicaInPlace()
    {
        var before = await _server.ProcessesOfAsync("Echo");
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, user_config: {suffix: '!'}}]")));
        (await _server.Http.GetStringAsync("/echo?text=hi")).ShouldContain("\"suffix\":\"!\"");
        (await _server.ProcessesOfAsync("Echo")).ShouldBe(before);
    }

    [Fact]
    public async Task UserConfig_ThatTheReplicaRefuses_FailsTheDeployWithTheReason()
    {
        await _server.CliAsync("deploy", _server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, user_config: {suffix: x, is_bad: true}}]"))));
        (await _server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED)).Message.ShouldContain("a bad config");
    }

    [Fact]
    public async Task RoutePrefix_Changed_OldOneIs404AndTheProcessStays()
    {
        var before = await _server.ProcessesOfAsync("Front");
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}", prefix: "/new")));
        (await _server.Http.GetStringAsync("/new/version")).ShouldBe("1");
        (await _server.Http.GetAsync("/version")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _server.ProcessesOfAsync("Front")).ShouldBe(before);
    }

    [Fact]
    public async Task Args_Changed_NewVersionTakesOverWithoutAFailedRequest()
    {
        using var stop = new CancellationTokenSource();
        var versions = new HashSet<string>(StringComparer.Ordinal);
        var client = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                versions.Add(await _server.Http.GetStringAsync("/version"));
        });
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '2'}")));
        await stop.CancelAsync();
        await client;
        versions.ShouldBe(["1", "2"], ignoreOrder: true);
    }

    [Fact]
    public async Task Update_WithARequestRunning_TheRequestFinishesOnTheOldReplica()
    {
        var old = (await _server.ProcessesOfAsync("Front"))[0];
        var slow = _server.Http.GetStringAsync("/wait?seconds=3");
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '2'}")));
        (await _server.Http.GetStringAsync("/version")).ShouldBe("2");
        (await slow).ShouldBe(old.ToString());
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(old));
        var logs = await _server.CliAsync("logs", "default", "Echo");
        logs.Output.ShouldContain("echo is disposed");
    }

    [Fact]
    public async Task NumReplicas_UpAndDown_Follows()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Front, num_replicas: 3}]")));
        var three = await _server.ProcessesOfAsync("Front");
        three.Count.ShouldBe(3);
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}")));
        var one = await _server.ProcessesOfAsync("Front");
        one.Count.ShouldBe(1);
        three.ShouldContain(one[0]);
    }

    [Fact]
    public async Task Application_NotInTheNewDocument_IsDeletedAndItsPrefixIsFree()
    {
        var worker = (await _server.ProcessesOfAsync("Front"))[0];
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: other}", name: "other")));
        (await _server.Http.GetStringAsync("/version")).ShouldBe("other");
        await Eventually.TrueAsync(async () => await _server.ApplicationAsync() is null);
        ServeProcess.IsAlive(worker).ShouldBeFalse();
    }

    [Fact]
    public async Task Resources_ThatNoNodeHas_StatusSaysWhatIsMissing()
    {
        await _server.CliAsync("deploy", _server.WriteDocument(TestProgram.Document(
            TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, num_replicas: 2, ray_actor_options: {num_cpus: 1000}}]"))));
        await Eventually.TrueAsync(async () => (await _server.ApplicationAsync())!.Message.Contains("no node has room for 1000 CPUs", StringComparison.Ordinal));
        (await _server.Http.GetStringAsync("/echo?text=old")).ShouldContain("old");
    }
}
