using Serve.Server.Controller;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Records;
using Serve.Testing;
using Serve.Testing.Cluster;
using Serve.Tests.Server.Store;

namespace Serve.Tests.Server.Controller;

/// <summary>The mailbox around the reducer: threads, clock, store.</summary>
public sealed class ControllerActorTests : IAsyncLifetime, IDisposable
{
    private const string Node = "node1";

    private readonly StoreFolder _folder = new();
    private EmbeddedStore _store = null!;
    private ControllerActor _actor = null!;

    public async Task InitializeAsync()
    {
        _store = _folder.Open();
        _actor = await ControllerActor.StartAsync(_store, maxRequestBodyBytes: 1024, _folder.Clock, _folder.Log, default);
    }

    public async Task DisposeAsync()
    {
        await _actor.DisposeAsync();
        await _store.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ask_Accepted_IsDurableWhenItIsAnswered()
    {
        (await DeployAsync("shop")).ShouldBeNull();
        _actor.State.Applications.Keys.ShouldBe(["shop"]);
        (await _store.RangeAsync(ClusterKeys.Applications, default)).Entries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ask_Refused_SaysWhy()
    {
        var problem = await _actor.AskAsync(ticket => new DeleteApplication(ticket, "nothing"), default);
        problem!.Kind.ShouldBe(RequestProblemKind.NotFound);
    }

    [Fact]
    public async Task Ask_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i => i % 2 == 0
            ? await DeployAsync($"app{i}")
            : await _actor.AskAsync(ticket => new DeleteApplication(ticket, $"app{i}"), default)));
        for (var i = 0; i < answers.Length; i++)
            (answers[i] is null).ShouldBe(i % 2 == 0, $"request {i}");
        _actor.State.Applications.Count.ShouldBe(250);
    }

    [Fact]
    public async Task Ask_AnotherControllerLeads_FailsInsteadOfWaitingForEver()
    {
        await _store.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.Leader, Value: null)]), default);
        await Should.ThrowAsync<InvalidOperationException>(() => DeployAsync("a").WaitAsync(Eventually.Patience));
        await _actor.Ended.WaitAsync(Eventually.Patience);
        await Should.ThrowAsync<InvalidOperationException>(() => DeployAsync("b").WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<InvalidOperationException>(() => _actor.WaitForAsync(state => state.Applications.Count > 5, default).WaitAsync(Eventually.Patience));
        _folder.Log.Entries.ShouldContain(entry => entry.Message == "Another controller leads now; epoch 1 is over");
    }

    [Fact]
    public async Task Ask_StoreMeetsAFault_FailsAndTheControllerEnds()
    {
        Action writes = static () => { };
        using var folder = new StoreFolder();
        await using var store = folder.Open(() => writes());
        await using var actor = await ControllerActor.StartAsync(store, 1024, _folder.Clock, _folder.Log, default);
        writes = static () => throw new NotSupportedException("a bug");
        await Should.ThrowAsync<Exception>(() => actor.AskAsync(ticket => new Deploy(ticket, [FakeCluster.App("a", "/p")], IsWhole: false), default).WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<NotSupportedException>(() => actor.Ended.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Nodes_ReportThroughTheStore_AndGarbageOfOneDoesNotStopTheOthers()
    {
        await WriteAsync("/serve/nodes/node1/status/replicas/x", "not json"u8.ToArray());
        await WriteAsync("/serve/nodes/node1/info", "[]"u8.ToArray());
        await WriteAsync(ClusterKeys.Info(Node), StoreJson.Write(new NodeInfo(Node, "1", "", 4, 0)));
        var state = await WaitForAsync(state => state.Nodes.ContainsKey(Node));
        state.Nodes[Node].Info.Cpus.ShouldBe(4);
        _folder.Log.Errors.ShouldAllBe(entry => entry.EventId == 3102);
        _folder.Log.Errors.Count().ShouldBe(2);
    }

    [Fact]
    public async Task Nodes_LeaseEnds_NodeIsGone()
    {
        var lease = await _store.GrantAsync(TimeSpan.FromSeconds(10), default);
        await _store.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.Info(Node), StoreJson.Write(new NodeInfo(Node, "1", "", 4, 0)), lease)]), default);
        await WaitForAsync(state => state.Nodes.ContainsKey(Node));
        _folder.Clock.Advance(TimeSpan.FromSeconds(11));
        await WaitForAsync(state => state.Nodes.IsEmpty);
    }

    [Fact]
    public async Task Wakeup_ItsTimeComes_ReplicaIsStartedAgainWithoutAnyMessage()
    {
        await WriteAsync(ClusterKeys.Info(Node), StoreJson.Write(new NodeInfo(Node, "1", "", 4, 0)));
        await DeployAsync("shop");
        var job = (await WaitForAsync(state => state.Applications["shop"].Job?.Node is not null)).Applications["shop"].Job!;
        var description = new Serve.Wire.Control.ProgramDescription(1, [FakeProgram.Ingress("Api")]);
        var described = new ProgramReport { Application = "shop", Job = job.Id, Phase = ProgramPhase.Done, Command = new ProgramCommand("/p", [], "/", "v1"), Description = description };
        await WriteAsync(ClusterKeys.ProgramStatus(Node, "shop"), StoreJson.Write(described));
        var first = (await WaitForAsync(state => Replicas(state).Any())).Find(new("shop", "Api"))!.Replicas.Keys.Single();
        await WriteAsync(ClusterKeys.ReplicaStatus(Node, first), StoreJson.Write(new ReplicaReport { Replica = first, Phase = ReplicaReportPhase.Stopped, End = ReplicaEnd.StartFailed }));
        await WaitForAsync(state => !Replicas(state).Any());
        await Eventually.TrueAsync(() => _folder.Clock.PendingTimers > 0);
        _folder.Clock.Advance(TimeSpan.FromSeconds(0.6));
        var second = (await WaitForAsync(state => Replicas(state).Any())).Find(new("shop", "Api"))!.Replicas.Keys.Single();
        second.CompareTo(first).ShouldBePositive();
    }

    [Fact]
    public async Task Restart_OverTheSameFolder_KnowsItsApplicationsAndPublishesRoutesBeforeAnyoneAsks()
    {
        await DeployAsync("shop");
        await DisposeAsync();
        await InitializeAsync();
        _actor.State.Epoch.ShouldBe(2);
        _actor.State.Applications.Keys.ShouldBe(["shop"]);
        (await _store.RangeAsync(ClusterKeys.Routes, default)).Entries.Count.ShouldBe(1);
    }

    private static IEnumerable<ReplicaState> Replicas(ControllerState state) => state.Find(new("shop", "Api"))?.Replicas.Values ?? [];

    private Task<RequestProblem?> DeployAsync(string name) => _actor.AskAsync(ticket => new Deploy(ticket, [FakeCluster.App(name, "/p")], IsWhole: false), default);

    private async Task WriteAsync(string key, byte[] value) => await _store.TxnAsync(new StoreTxn([], [new StoreChange(key, value, IsVolatile: true)]), default);

    private Task<ControllerState> WaitForAsync(Func<ControllerState, bool> condition) => _actor.WaitForAsync(condition, default).WaitAsync(Eventually.Patience);
}
