using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Admin;

/// <summary>A node agent that runs nothing: it says of each order that it is carried out, through a real store.</summary>
internal sealed class StoreAgent : IAsyncDisposable
{
    public const string Node = "node1";

    private static readonly ProxyInfo Proxy = new(
        new Uri("http://127.0.0.1:8000"), new Uri("http://127.0.0.1:9000"), ConfigWriter.Write(new HttpOptions { Port = 8001 }), ConfigWriter.Write(new GrpcOptions()));

    private readonly IClusterStore _store;
    private readonly ProgramDescription _program;
    private StoreFollower _orders = null!;

    private StoreAgent(IClusterStore store, ProgramDescription program)
    {
        _store = store;
        _program = program;
    }

    /// <summary>Whether orders to describe a program are left alone.</summary>
    public bool IsSlow { get; set; }

    public static async Task<StoreAgent> StartAsync(IClusterStore store, ProgramDescription program, double cpus, TimeProvider clock, TestLog log)
    {
        var agent = new StoreAgent(store, program);
        agent._orders = await StoreFollower.StartAsync(store, ClusterKeys.DesiredOf(Node), agent.ObeyAsync, clock, log.CreateLogger<StoreFollower>(), default);
        await agent.WriteAsync(ClusterKeys.Info(Node), new NodeInfo(Node, "life-1", "10.0.0.1", cpus, 0) { Proxy = Proxy });
        return agent;
    }

    public ValueTask DisposeAsync() => _orders.DisposeAsync();

    /// <summary>Says something of a replica.</summary>
    public Task ReportAsync(ReplicaReport report) => WriteAsync(ClusterKeys.ReplicaStatus(Node, report.Replica), report);

    private async ValueTask ObeyAsync(string key, byte[]? value, CancellationToken cancellationToken)
    {
        if (value is null)
            return;
        if (key.Contains("/desired/replicas/", StringComparison.Ordinal))
            await ReportAsync(ReportOf(StoreJson.Read<DesiredReplica>(value)));
        else if (!IsSlow)
            await DescribeAsync(StoreJson.Read<DesiredProgram>(value));
    }

    private Task DescribeAsync(DesiredProgram order) => WriteAsync(ClusterKeys.ProgramStatus(Node, order.Application), new ProgramReport
    {
        Application = order.Application,
        Job = order.Job,
        Phase = ProgramPhase.Done,
        Command = new ProgramCommand("/bin/program", [], "/", "v1"),
        Description = _program,
    });

    private static ReplicaReport ReportOf(DesiredReplica order) => new()
    {
        Replica = order.Replica,
        Phase = order.Goal == ReplicaGoal.Run ? ReplicaReportPhase.Running : ReplicaReportPhase.Stopped,
        Address = $"/run/{order.Replica.Suffix}.sock",
        ProcessId = 4200 + (int)order.Replica.Number,
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        SettingsHash = order.SettingsHash,
    };

    private async Task WriteAsync<T>(string key, T value) => await _store.TxnAsync(new StoreTxn([], [new StoreChange(key, StoreJson.Write(value), IsVolatile: true)]), default);
}
