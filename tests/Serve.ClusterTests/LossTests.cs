using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Processes that are killed: workers, and the server itself.</summary>
public sealed class LossTests : IAsyncLifetime
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
    public async Task Worker_KilledUnderLoad_OnlyRequestsOnItFailAndAnotherTakesItsPlace()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    deployments: [{name: Front, num_replicas: 2}]")));
        var victims = await _server.ProcessesOfAsync("Front");
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentBag<(DateTimeOffset At, string Problem)>();
        var answered = 0;
        const int Clients = 8;
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var response = await _server.Http.GetAsync("/wait?seconds=0.005");
                if (response.IsSuccessStatusCode)
                    Interlocked.Increment(ref answered);
                else
                    failures.Add((TimeProvider.System.GetUtcNow(), $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}"));
            }
        })).ToArray();

        await Eventually.TrueAsync(() => answered > 100);
        Process.GetProcessById(victims[0]).Kill();
        await Eventually.TrueAsync(async () => await _server.ProcessesOfAsync("Front") is { Count: 2 } now && !now.Contains(victims[0]));
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
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var victim = (await _server.ProcessesOfAsync("Front"))[0];
        using var process = Process.GetProcessById(victim);
        process.Kill();
        await process.WaitForExitAsync();
        (await _server.Http.GetStringAsync("/pid")).ShouldNotBe(victim.ToString());
    }

    [Fact]
    public async Task Server_Killed_AllWorkersAreGoneWithinSeconds()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    deployments: [{name: Echo, num_replicas: 2}]")));
        var workers = (await _server.ProcessesOfAsync("Front")).Concat(await _server.ProcessesOfAsync("Echo")).ToList();
        workers.Count.ShouldBe(3);
        await _server.KillAsync();
        await Eventually.TrueAsync(() => !workers.Exists(ServeProcess.IsAlive), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Server_KilledWhileAConstructorHangs_ThatWorkerIsGoneToo()
    {
        await _server.CliAsync("deploy", _server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Constructor: hang}"))));
        var worker = 0;
        await Eventually.TrueAsync(async () =>
        {
            var replica = (await _server.ApplicationAsync())?.Deployments.GetValueOrDefault("Echo")?.Replicas.FirstOrDefault(replica => replica.Message == "Constructor");
            return (worker = replica?.Pid ?? 0) != 0;
        });
        await _server.KillAsync();
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(worker), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Server_KilledAndStartedAgain_ApplicationsAreBackAndNothingRunsTwice()
    {
        await _server.DeployAsync(TestProgram.Document(
            TestProgram.Application("    args: {Version: first}", name: "one", prefix: "/one"), TestProgram.Application("    args: {Version: second}", name: "two", prefix: "/two")));
        var before = (await _server.ProcessesOfAsync("Front", "one")).Concat(await _server.ProcessesOfAsync("Echo", "two")).ToList();
        await _server.KillAsync();

        await using var restarted = await ServeProcess.StartAsync(_folder.Path);
        before.ShouldAllBe(worker => !ServeProcess.IsAlive(worker));
        await restarted.WaitForAsync(ApplicationStatus.RUNNING, "one");
        await restarted.WaitForAsync(ApplicationStatus.RUNNING, "two");
        (await restarted.Http.GetStringAsync("/one/version")).ShouldBe("first");
        (await restarted.Http.GetStringAsync("/two/version")).ShouldBe("second");
        (await restarted.ProcessesOfAsync("Front", "one")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Server_StoppedAndStartedAgain_ApplicationsAreBack()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var worker = (await _server.ProcessesOfAsync("Front"))[0];
        await _server.DisposeAsync();
        ServeProcess.IsAlive(worker).ShouldBeFalse();

        await using var restarted = await ServeProcess.StartAsync(_folder.Path);
        await restarted.WaitForAsync(ApplicationStatus.RUNNING);
        (await restarted.Http.GetAsync("/pid")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Worker_ThatFailsItsHealthChecks_IsReplaced()
    {
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var sick = (await _server.ProcessesOfAsync("Echo"))[0];
        (await _server.Http.GetAsync("/echo?text=sicken")).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(async () => await _server.ProcessesOfAsync("Echo") is [var now] && now != sick);
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(sick));
        await _server.WaitForAsync(ApplicationStatus.RUNNING);
    }
}
