using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>
/// The node's place in the cluster: what it tells of itself, under a lease that it keeps alive. Where the lease ends all the same, the
/// cluster has given the node and its replicas up: they end, and the node comes back as a new one.
/// </summary>
internal sealed partial class NodeMembership : IAsyncDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly NodeOptions _options;
    private readonly Func<Task> _onLost;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<NodeMembership> _logger;
    private volatile Term _term;
    private Task _loop = Task.CompletedTask;

    private NodeMembership(IClusterStore store, NodeOptions options, Term term, Func<Task> onLost, TimeProvider timeProvider, ILogger<NodeMembership> logger)
    {
        _store = store;
        _options = options;
        _term = term;
        _onLost = onLost;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>The lease by which everything lives that the node writes.</summary>
    public LeaseId Lease => _term.Lease;

    /// <summary>Differs each time that the node joins: whatever ran before is gone.</summary>
    public string Incarnation => _term.Incarnation;

    /// <summary>Gets a lease; nobody knows of the node yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The node.</param>
    /// <param name="onLost">Ends what the node runs, after its lease was lost and before it joins again.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<NodeMembership> PrepareAsync(
        IClusterStore store, NodeOptions options, Func<Task> onLost, TimeProvider timeProvider, ILogger<NodeMembership> logger, CancellationToken cancellationToken) =>
        new(store, options, await Term.BeginAsync(store, cancellationToken), onLost, timeProvider, logger);

    /// <summary>Makes the node known and keeps its lease alive.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        await RegisterAsync(cancellationToken);
        _loop = KeepAliveAsync();
    }

    /// <summary>Leaves the cluster. The lease ends by itself where the store can't be told, or not in time.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        using var timeout = new CancellationTokenSource(LeaveTime, _timeProvider);
        try
        {
            await _store.RevokeAsync(_term.Lease, timeout.Token);
        }
        catch (Exception exception)
        {
            LogNotLeft(exception);
        }

        _stopping.Dispose();
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var resources = _options.Resources;
        var info = new NodeInfo(_options.Name, _term.Incarnation, Address: "", resources.Cpus, resources.GpuDevices.Count)
        {
            MemoryBytes = resources.MemoryBytes,
            Resources = resources.Custom,
            Labels = resources.Labels,
        };
        await _store.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.Info(_options.Name), StoreJson.Write(info), _term.Lease)]), cancellationToken);
    }

    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(LeaseTime / 3, _timeProvider);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token);
                if (!await _store.KeepAliveAsync(_term.Lease, _stopping.Token))
                    await JoinAgainAsync();
            }
            catch (Exception exception)
            {
                if (!_stopping.IsCancellationRequested)
                    LogKeepAliveFailed(exception);
            }
        }
    }

    private async Task JoinAgainAsync()
    {
        LogLeaseLost();
        await _onLost();
        _term = await Term.BeginAsync(_store, _stopping.Token);
        await RegisterAsync(_stopping.Token);
    }

    [LoggerMessage(EventId = 5202, Level = LogLevel.Error, Message = "The node's lease has ended; its replicas end, and it joins again")]
    private partial void LogLeaseLost();

    [LoggerMessage(EventId = 5203, Level = LogLevel.Warning, Message = "The node's lease could not be kept alive")]
    private partial void LogKeepAliveFailed(Exception exception);

    [LoggerMessage(EventId = 5204, Level = LogLevel.Warning, Message = "The node's lease could not be ended")]
    private partial void LogNotLeft(Exception exception);

    /// <summary>One time in the cluster.</summary>
    private sealed record Term(LeaseId Lease, string Incarnation)
    {
        public static async Task<Term> BeginAsync(IClusterStore store, CancellationToken cancellationToken) =>
            new(await store.GrantAsync(LeaseTime, cancellationToken), Guid.NewGuid().ToString("N"));
    }
}
