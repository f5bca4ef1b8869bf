using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Processes that are killed: workers, and the server itself.</summary>
public sealed class LossTests : OwnServerTests
{
    [Fact]
    public async Task Worker_KilledUnderLoad_OnlyRequestsOnItFailAndAnotherTakesItsPlace()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    deployments: [{name: Front, num_replicas: 2}]")));
        var victims = await Server.ProcessesOfAsync("Front");
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentBag<(DateTimeOffset At, string Problem)>();
        var answered = 0;
        const int Clients = 8;
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var response = await Server.Http.GetAsync("/wait?seconds=0.005");
                if (response.IsSuccessStatusCode)
                    Interlocked.Increment(ref answered);
                else
                    failures.Add((TimeProvider.System.GetUtcNow(), $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}"));
            }
        })).ToArray();

        await Eventually.TrueAsync(() => answered > 100);
        Process.GetProcessById(victims[0]).Kill();
        await Eventually.TrueAsync(async () => await Server.ProcessesOfAsync("Front") is { Count: 2 } now && !now.Contains(victims[0]));
        var afterwards = answered;
        await Eventually.TrueAsync(() => answered > afterwards + 100);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        // At most what was in flight on the victim when it died.
        failures.Count.ShouldBeLessThanOrEqualTo(Clients, string.Join('\n', failures));
    }

    [Fact]
    public async Task OnlyWorker_Killed_RequestsWaitForItsReplacement()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var victim = (await Server.ProcessesOfAsync("Front"))[0];
        using var process = Process.GetProcessById(victim);
        process.Kill();
        await process.WaitForExitAsync();
        (await Server.Http.GetStringAsync("/pid")).ShouldNotBe(victim.ToString());
    }

    [Fact]
    public async Task Server_Killed_AllWorkersAreGoneWithinSeconds()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    deployments: [{name: Echo, num_replicas: 2}]")));
        var workers = (await Server.ProcessesOfAsync("Front")).Concat(await Server.ProcessesOfAsync("Echo")).ToList();
        workers.Count.ShouldBe(3);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => !workers.Exists(TestServer.IsAlive), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Server_KilledWhileAConstructorHangs_ThatWorkerIsGoneToo()
    {
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Constructor: hang}"))));
        var worker = 0;
        await Eventually.TrueAsync(async () =>
        {
            var replica = (await Server.ApplicationAsync())?.Deployments.GetValueOrDefault("Echo")?.Replicas.FirstOrDefault(replica => replica.Message == "Constructor");
            return (worker = replica?.Pid ?? 0) != 0;
        });
        await Server.KillAsync();
        await Eventually.TrueAsync(() => !TestServer.IsAlive(worker), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Server_KilledAndStartedAgain_ApplicationsAreBackAndNothingRunsTwice()
    {
        await Server.DeployAsync(TestProgram.Document(
            TestProgram.Application("    args: {Version: first}", name: "one", prefix: "/one"), TestProgram.Application("    args: {Version: second}", name: "two", prefix: "/two")));
        var before = (await Server.ProcessesOfAsync("Front", "one")).Concat(await Server.ProcessesOfAsync("Echo", "two")).ToList();
        await Server.KillAsync();

        await using var restarted = await ServeProcess.StartAsync(Folder.Path);
        before.ShouldAllBe(worker => !TestServer.IsAlive(worker));
        await restarted.WaitForAsync(ApplicationStatus.RUNNING, "one");
        await restarted.WaitForAsync(ApplicationStatus.RUNNING, "two");
        (await restarted.Http.GetStringAsync("/one/version")).ShouldBe("first");
        (await restarted.Http.GetStringAsync("/two/version")).ShouldBe("second");
        (await restarted.ProcessesOfAsync("Front", "one")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Server_StoppedAndStartedAgain_ApplicationsAreBack()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var worker = (await Server.ProcessesOfAsync("Front"))[0];
        await Server.DisposeAsync();
        TestServer.IsAlive(worker).ShouldBeFalse();

        await using var restarted = await ServeProcess.StartAsync(Folder.Path);
        await restarted.WaitForAsync(ApplicationStatus.RUNNING);
        (await restarted.Http.GetAsync("/pid")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Worker_ThatFailsItsHealthChecks_IsReplaced()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var sick = (await Server.ProcessesOfAsync("Echo"))[0];
        (await Server.Http.GetAsync("/echo?text=sicken")).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(async () => await Server.ProcessesOfAsync("Echo") is [var now] && now != sick);
        await Eventually.TrueAsync(() => !TestServer.IsAlive(sick));
        await Server.WaitForAsync(ApplicationStatus.RUNNING);
    }
}
