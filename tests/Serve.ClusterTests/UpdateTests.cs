using System.Net;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Changes of applications that run.</summary>
public sealed class UpdateTests : OwnServerTests
{
    private protected override Task PrepareAsync() => Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}")));

    [Fact]
    public async Task UserConfig_Changed_ReachesTheReplicaInPlace()
    {
        var before = await Server.ProcessesOfAsync("Echo");
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, user_config: {suffix: '!'}}]")));
        (await Server.Http.GetStringAsync("/echo?text=hi")).ShouldContain("\"suffix\":\"!\"");
        (await Server.ProcessesOfAsync("Echo")).ShouldBe(before);
    }

    [Fact]
    public async Task UserConfig_ThatTheReplicaRefuses_FailsTheDeployWithTheReason()
    {
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, user_config: {suffix: x, is_bad: true}}]"))));
        (await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED)).Message.ShouldContain("a bad config");
    }

    [Fact]
    public async Task RoutePrefix_Changed_OldOneIs404AndTheProcessStays()
    {
        var before = await Server.ProcessesOfAsync("Front");
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}", prefix: "/new")));
        (await Server.Http.GetStringAsync("/new/version")).ShouldBe("1");
        (await Server.Http.GetAsync("/version")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Server.ProcessesOfAsync("Front")).ShouldBe(before);
    }

    [Fact]
    public async Task Args_Changed_NewVersionTakesOverWithoutAFailedRequest()
    {
        using var stop = new CancellationTokenSource();
        var versions = new HashSet<string>(StringComparer.Ordinal);
        var client = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                versions.Add(await Server.Http.GetStringAsync("/version"));
        });
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '2'}")));
        await stop.CancelAsync();
        await client;
        versions.ShouldBe(["1", "2"], ignoreOrder: true);
    }

    [Fact]
    public async Task Update_WithARequestRunning_TheRequestFinishesOnTheOldReplica()
    {
        var old = (await Server.ProcessesOfAsync("Front"))[0];
        var slow = Server.Http.GetStringAsync("/wait?seconds=3");
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '2'}")));
        (await Server.Http.GetStringAsync("/version")).ShouldBe("2");
        (await slow).ShouldBe(old.ToString());
        await Eventually.TrueAsync(() => !TestServer.IsAlive(old));
        var logs = await Server.CliAsync("logs", "default", "Echo");
        logs.Output.ShouldContain("echo is disposed");
    }

    [Fact]
    public async Task NumReplicas_UpAndDown_Follows()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Front, num_replicas: 3}]")));
        var three = await Server.ProcessesOfAsync("Front");
        three.Count.ShouldBe(3);
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}")));
        var one = await Server.ProcessesOfAsync("Front");
        one.Count.ShouldBe(1);
        three.ShouldContain(one[0]);
    }

    [Fact]
    public async Task Application_NotInTheNewDocument_IsDeletedAndItsPrefixIsFree()
    {
        var worker = (await Server.ProcessesOfAsync("Front"))[0];
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: other}", name: "other")));
        (await Server.Http.GetStringAsync("/version")).ShouldBe("other");
        await Eventually.TrueAsync(async () => await Server.ApplicationAsync() is null);
        TestServer.IsAlive(worker).ShouldBeFalse();
    }

    [Fact]
    public async Task Resources_ThatNoNodeHas_StatusSaysWhatIsMissing()
    {
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(
            TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, num_replicas: 2, ray_actor_options: {num_cpus: 1000}}]"))));
        await Eventually.TrueAsync(async () => (await Server.ApplicationAsync())!.Message.Contains("no node has room for 1000 CPUs", StringComparison.Ordinal));
        (await Server.Http.GetStringAsync("/echo?text=old")).ShouldContain("old");
    }
}
