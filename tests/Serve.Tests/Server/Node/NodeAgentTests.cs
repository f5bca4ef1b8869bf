using Serve.Identity;
using Serve.Routing;
using Serve.Server.Node;
using Serve.Server.Node.Resources;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Records;
using Serve.Testing;
using Serve.Tests.Server.Store;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Nodes;

/// <summary>A node agent between a store that fails and processes that misbehave.</summary>
public sealed class NodeAgentTests : IAsyncLifetime
{
    private const string Node = "n";

    private readonly StoreFolder _folder = new();
    private readonly TemporaryFolder _run = new();
    private readonly FakeLauncher _launcher = new();
    private readonly List<WorkerClient> _workers = [];
    private EmbeddedStore _inner = null!;
    private FlakyStore _store = null!;
    private NodeAgent _agent = null!;

    public async Task InitializeAsync()
    {
        _inner = _folder.Open();
        _store = new FlakyStore(_inner);
        var options = new NodeOptions { Name = Node, DataFolder = _folder.Folder, RunFolder = _run.Path, Resources = new NodeResources { Cpus = 4, MemoryBytes = 1024 } };
        _agent = await NodeAgent.PrepareAsync(_store, options, _launcher, _folder.Clock, _folder.Log, default);
        await _agent.JoinAsync(proxy: null, default);
    }

    public async Task DisposeAsync()
    {
        _store.Mend();
        var disposing = _agent.DisposeAsync().AsTask();
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return disposing.IsCompleted;
        });
        await disposing;
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        await _store.DisposeAsync();
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Order_ForAReplica_RunsItAndReportsIt()
    {
        var replica = await RunAsync(1);
        var report = await ReportAsync(replica, ReplicaReportPhase.Running);
        report.Address.ShouldNotBeNull();
        report.ProcessId.ShouldBe(_launcher.Processes[replica].Id);
    }

    [Fact]
    public async Task Order_OfAnEarlierIncarnation_StartsNothing()
    {
        await OrderAsync(1, incarnation: "an earlier one");
        await RunAsync(2);
        _launcher.Launches.ShouldBe(1);
    }

    [Fact]
    public async Task Order_TakenBack_EndsTheReplica()
    {
        var replica = await RunAsync(1);
        await StoreFolder.DeleteAsync(_inner, ClusterKeys.DesiredReplica(Node, replica));
        await EndsAsync(replica);
    }

    [Fact]
    public async Task Program_CantBeStarted_ReportsTheReason()
    {
        _launcher.Problem = "'/p' can't be started: no such file";
        var report = await ReportAsync(await OrderAsync(1), ReplicaReportPhase.Stopped);
        report.End.ShouldBe(ReplicaEnd.StartFailed);
        report.Failure.ShouldBe(_launcher.Problem);
    }

    [Fact]
    public async Task Program_EndsBeforeItCalls_ReportsCodeAndLastLines()
    {
        var replica = await OrderAsync(1);
        (await ProcessAsync(replica)).Exit(3);
        var report = await ReportAsync(replica, ReplicaReportPhase.Stopped);
        report.End.ShouldBe(ReplicaEnd.StartFailed);
        report.Failure!.ShouldContain("exit code 3 before it called AddServe");
        report.Failure!.ShouldContain("a line of the program");
    }

    [Fact]
    public async Task Program_NeverCalls_IsGivenUpInTimeAndEnded()
    {
        var replica = await OrderAsync(1);
        var process = await ProcessAsync(replica);
        await EndsAsync(replica);
        (await ReportAsync(replica, ReplicaReportPhase.Stopped)).Failure!.ShouldContain("startup_timeout_s");
        process.WasTerminated.ShouldBeTrue();
    }

    [Fact]
    public async Task Logs_CantBeWritten_ReportsThatRatherThanWaiting()
    {
        // A folder where a file has its name: as when the disk is full, no log can be opened.
        await File.WriteAllTextAsync(Path.Combine(_folder.Folder, "logs"), "");
        var report = await ReportAsync(await OrderAsync(1), ReplicaReportPhase.Stopped);
        report.End.ShouldBe(ReplicaEnd.StartFailed);
        report.Failure!.ShouldContain("logs");
        _launcher.Launches.ShouldBe(0);
    }

    [Fact]
    public async Task Start_EachPhase_IsTimedAndSoIsTheFirstRequest()
    {
        var replica = await OrderAsync(1);
        var process = await ProcessAsync(replica);
        await using var worker = await WorkerClient.ConnectAsync(process.AgentSocket);
        await worker.SendAsync(new Hello(replica, ProcessId: 1));
        await worker.SendAsync(new StartProgress(StartPhase.Constructor));
        await worker.SendAsync(new StartProgress(StartPhase.Listen));
        await worker.SendAsync(new StartSucceeded());
        await ReportAsync(replica, ReplicaReportPhase.Running);
        await worker.SendAsync(new FirstRequestDone(0.125));
        await Eventually.TrueAsync(async () => (await ReportAsync(replica, ReplicaReportPhase.Running)).StartTimes.Any(time => time.Phase == StartPhase.FirstRequest));
        var times = (await ReportAsync(replica, ReplicaReportPhase.Running)).StartTimes;
        times.Select(time => time.Phase).ShouldBe([StartPhase.Process, StartPhase.Host, StartPhase.Constructor, StartPhase.Listen, StartPhase.FirstRequest]);
        times.ShouldAllBe(time => time.Seconds >= 0);
        times[^1].Seconds.ShouldBe(0.125);
    }

    [Fact]
    public async Task Worker_CallsTwice_SecondCallIsTurnedAway()
    {
        var replica = await RunAsync(1);
        await using var second = await WorkerClient.ConnectAsync(_launcher.Processes[replica].AgentSocket);
        await second.SendAsync(new Hello(replica, ProcessId: 2));
        (await second.ReadAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task StoreIsDown_ReplicasRunOnAndWhatHappenedIsReportedWhenItIsBack()
    {
        var (stays, dies) = (await RunAsync(1), await RunAsync(2));
        _store.Break();
        _launcher.Processes[dies].Exit(134);
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 5101));
        _launcher.Processes[stays].Exited.IsCompleted.ShouldBeFalse();
        _store.Mend();
        (await ReportAsync(dies, ReplicaReportPhase.Stopped)).End.ShouldBe(ReplicaEnd.Crashed);
    }

    [Fact]
    public async Task LeaseHasEnded_ReplicasRunOnAndAreReportedAgainUnderTheNextOne()
    {
        var replica = await RunAsync(1);
        var incarnation = (await InfoAsync())!.Incarnation;
        await _inner.RevokeAsync((await EntryAsync(ClusterKeys.Info(Node)))!.Lease, default);
        (await EntryAsync(ClusterKeys.ReplicaStatus(Node, replica))).ShouldBeNull();

        (await ReportAsync(replica, ReplicaReportPhase.Running)).Address.ShouldNotBeNull();
        (await InfoAsync())!.Incarnation.ShouldBe(incarnation);
        _launcher.Launches.ShouldBe(1);
        _launcher.Processes[replica].Exited.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task OrderWasTakenBackWhileTheStoreWasDown_ReplicaEndsWhenItIsBack()
    {
        var replica = await RunAsync(1);
        _store.Break();
        await StoreFolder.DeleteAsync(_inner, ClusterKeys.DesiredReplica(Node, replica));
        _store.Mend();
        await EndsAsync(replica);
    }

    [Fact]
    public async Task Worker_WatchesAnotherApplication_GetsItsRoutesNowAndWhenTheyChange()
    {
        var replica = await OrderAsync(1);
        await using var worker = await WorkerClient.StartAsync((await ProcessAsync(replica)).AgentSocket, replica);
        await worker.SendAsync(new WatchRoutes("other"));
        (await RoutesAsync("other")).UnavailableReason.ShouldBe("it is not deployed.");
        await PublishAsync(new ApplicationRoutes("unwatched", "/u", "Api", []));
        await PublishAsync(new ApplicationRoutes("other", "/o", "Api", []));
        (await RoutesAsync("other")).ShouldSatisfyAllConditions(routes => routes.RoutePrefix.ShouldBe("/o"), routes => routes.UnavailableReason.ShouldBeNull());
        await StoreFolder.DeleteAsync(_inner, ClusterKeys.RoutesOf("other"));
        (await RoutesAsync("other")).UnavailableReason.ShouldBe("it is not deployed.");

        async Task<ApplicationRoutes> RoutesAsync(string application)
        {
            while (true)
            {
                var routes = (await worker.ReadAsync<RoutesChanged>()).Routes;
                routes.Application.ShouldNotBe("unwatched");
                if (routes.Application == application)
                    return routes;
            }
        }
    }

    private Task PublishAsync(ApplicationRoutes routes) =>
        _inner.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.RoutesOf(routes.Application), StoreJson.Write(routes), IsVolatile: true)]), default).AsTask();

    private async Task<ReplicaId> OrderAsync(long number, string? incarnation = null)
    {
        var order = Controller.States.AReplica(number, Serve.Server.Controller.ReplicaPhase.Starting).Desired with { Incarnation = incarnation ?? (await InfoAsync())!.Incarnation };
        await _inner.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.DesiredReplica(Node, order.Replica), StoreJson.Write(order))]), default);
        return order.Replica;
    }

    /// <summary>Orders a replica and plays a worker that becomes ready and is well.</summary>
    private async Task<ReplicaId> RunAsync(long number)
    {
        var replica = await OrderAsync(number);
        var process = await ProcessAsync(replica);
        var worker = await WorkerClient.StartAsync(process.AgentSocket, replica);
        _workers.Add(worker);
        _ = AnswerAsync(worker);
        await ReportAsync(replica, ReplicaReportPhase.Running);
        return replica;
    }

    private static async Task AnswerAsync(WorkerClient worker)
    {
        try
        {
            while (await worker.ReadAsync() is { } message)
            {
                if (message is Question question)
                    await worker.SendAsync(new Answer(question.Id, Failure: null));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or TimeoutException)
        {
            // The test or the link is over.
        }
    }

    private async Task<FakeProcess> ProcessAsync(ReplicaId replica)
    {
        await Eventually.TrueAsync(() => _launcher.Processes.ContainsKey(replica));
        return _launcher.Processes[replica];
    }

    private async Task EndsAsync(ReplicaId replica)
    {
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return _launcher.Processes[replica].Exited.IsCompleted;
        });
    }

    private async Task<ReplicaReport> ReportAsync(ReplicaId replica, ReplicaReportPhase phase) => await Eventually.GetAsync(async () =>
    {
        _folder.Clock.Advance(TimeSpan.FromMilliseconds(100));
        return await EntryAsync(ClusterKeys.ReplicaStatus(Node, replica)) is { } entry && StoreJson.Read<ReplicaReport>(entry.Value) is var report && report.Phase == phase ? report : null;
    });

    private async Task<NodeInfo?> InfoAsync() => await EntryAsync(ClusterKeys.Info(Node)) is { } entry ? StoreJson.Read<NodeInfo>(entry.Value) : null;

    private async Task<StoreEntry?> EntryAsync(string key) => (await _inner.RangeAsync(key, default)).Entries.FirstOrDefault(entry => entry.Key == key);
}
