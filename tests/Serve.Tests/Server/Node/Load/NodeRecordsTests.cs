using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Node.Load;
using Serve.Testing;

namespace Serve.Tests.Server.Node.Load;

/// <summary>What replicas record for scaling policies goes with the load to whoever leads.</summary>
public sealed class NodeRecordsTests
{
    private static readonly ReplicaId Replica = new(new DeploymentId("shop", "Till"), 1, 7);

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Take_OnlyWhatIsNew_AndAllForSomebodyElse()
    {
        var records = new NodeRecords();
        records.Take().ShouldBeNull();
        records.Set(Replica, new Dictionary<string, double> { ["depth"] = 1, ["open"] = 1 });
        records.Set(Replica, new Dictionary<string, double> { ["depth"] = 2 });
        Values(records).ShouldBe(["depth 2", "open 1"]);
        records.Take().ShouldBeNull();
        records.Set(Replica, new Dictionary<string, double> { ["open"] = 0 });
        Values(records).ShouldBe(["open 0"]);
        records.RenewAll();
        Values(records).ShouldBe(["depth 2", "open 0"]);
        records.Forget(Replica);
        records.RenewAll();
        records.Take().ShouldBeNull();
    }

    [Fact]
    public void Set_WhatNoReplicaMayRecord_IsLeftOut()
    {
        var records = new NodeRecords();
        records.Set(Replica, Enumerable.Range(0, 20).ToDictionary(i => $"m{i}", i => (double)i));
        records.Set(Replica, new Dictionary<string, double> { ["no name"] = 1, ["none"] = double.NaN });
        records.Take().ShouldNotBeNull().Single().Values.Count.ShouldBe(16);
    }

    [Fact]
    public async Task Follow_Recorded_ReachesTheBookAndGoesWithTheReplica()
    {
        var load = new NodeLoad(_clock);
        var source = load.Open();
        source.Record(Replica, new Dictionary<string, double> { ["depth"] = 4 });
        var book = new LoadBook(static () => new ControllerState { Epoch = 1, MaxRequestBodyBytes = 1 }, _clock);
        var line = book.Open("n1", "a");
        await using var reports = load.FollowAsync(default).GetAsyncEnumerator();
        (await reports.MoveNextAsync()).ShouldBeTrue();
        line.Take(reports.Current);
        book.Metrics.Over(Replica.Deployment, [Replica], TimeSpan.FromSeconds(30))["depth"][Replica.ToString()].Last.ShouldBe(4);

        source.Dispose();
        await using var next = load.FollowAsync(default).GetAsyncEnumerator();
        (await next.MoveNextAsync()).ShouldBeTrue();
        next.Current.Recorded.ShouldBeNull("its process is gone");
    }

    private static IEnumerable<string> Values(NodeRecords records) =>
        records.Take().ShouldNotBeNull().Single().Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}");
}
