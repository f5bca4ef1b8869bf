using System.Net;
using Serve.Admin;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Deployments without a replica, and replicas that stand by, as real processes.</summary>
public sealed class ZeroTests : OwnServerTests
{
    private const int Crowd = 300;

    [Fact]
    public async Task Requests_WithNoReplica_WaitForTheOneThatIsStartedAndAreAllAnswered()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application(Scaled("Front", ""))));
        (await Server.ApplicationAsync())!.Status.ShouldBe(ApplicationStatus.RUNNING);
        (await Server.ProcessesOfAsync("Front")).ShouldBeEmpty();

        var answers = Enumerable.Range(0, Crowd).Select(_ => Server.Http.GetStringAsync("/pid")).ToList();
        await ScaleAsync("Front", 1);
        (await Task.WhenAll(answers)).Distinct().Count().ShouldBe(1, "one replica was started");

        await ScaleAsync("Front", 0);
        await Eventually.TrueAsync(async () => (await Server.ProcessesOfAsync("Front")).Count == 0);
        var late = Server.Http.GetStringAsync("/pid");
        await ScaleAsync("Front", 1);
        (await late).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task ColdStart_Fails_WhoWaitsGetsTheCauseAlsoThroughAHandleUntilOneSucceeds()
    {
        var obstacle = Folder.File("obstacle");
        await File.WriteAllTextAsync(obstacle, "");
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application($"    args: {{FailWhileExists: {obstacle}}}\n{Scaled("Echo", "")}")));
        var waiting = Server.Http.GetAsync("/echo?text=early");
        await ScaleAsync("Echo", 1);

        var refused = await waiting;
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta.ShouldNotBeNull();
        var text = await refused.Content.ReadAsStringAsync();
        text.ShouldContain("Deployment 'Echo' of application 'default' is not available: its replicas could not start:");
        text.ShouldContain("is in the way");
        text.ShouldNotContain("last lines of its log");

        File.Delete(obstacle);
        await Eventually.TrueAsync(async () => (await Server.Http.GetAsync("/echo?text=late")).StatusCode == HttpStatusCode.OK);
        await Server.WaitForAsync(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Standby_IsThereBeforeItIsNeeded_AndServesThen()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application(Scaled("Front", "standby_replicas: 1, "))));
        var standby = (await Server.ProcessesOfAsync("Front")).Single();
        (await ReplicasAsync("Front")).ShouldAllBe(replica => replica.IsStandby);

        var answer = Server.Http.GetStringAsync("/pid");
        await ScaleAsync("Front", 1);
        (await answer).ShouldBe(standby.ToString());
        await Eventually.TrueAsync(async () => (await ReplicasAsync("Front")).Count(replica => replica is { IsStandby: true, State: ReplicaState.RUNNING }) == 1);

        var serving = (await ReplicasAsync("Front")).Single(replica => !replica.IsStandby);
        await Eventually.TrueAsync(async () => (await ReplicasAsync("Front")).Any(replica => replica.StartTimes.Any(time => time.Phase == "first_request")));
        serving.StartTimes.Select(time => time.Phase).ShouldContain("constructor");
        (await Server.CliAsync("explain", "default")).Output.ShouldContain("Where does the time of a start go?");
        (await Server.CliAsync("status")).Output.ShouldContain("(standby)");
    }

    private static string Scaled(string deployment, string more) =>
        $"    deployments: [{{name: {deployment}, {more}autoscaling_config: {{min_replicas: 0, max_replicas: 3}}}}]";

    private Task<AdminReply> ScaleAsync(string deployment, int replicas) => Server.Admin.ScaleAsync("default", deployment, replicas, CancellationToken.None);

    private async Task<IReadOnlyList<ReplicaDetails>> ReplicasAsync(string deployment) => (await Server.ApplicationAsync())!.Deployments[deployment].Replicas;
}
