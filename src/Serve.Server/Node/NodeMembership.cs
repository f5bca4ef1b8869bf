using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>
/// The node's place in the cluster: what it tells of itself, under a lease that it keeps alive. While the store is out of reach nobody can
/// know whether the lease still lives, and the node goes on as it is. Where it has ended, the node joins again with all that it still
/// runs; what the cluster has replaced meanwhile it is told to stop.
/// </summary>
internal sealed partial class NodeMembership : IAsyncDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly NodeOptions _options;
    private readonly Action _onJoinedAgain;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<NodeMembership> _logger;
    private NodeInfo _info;
    private long _lease;
    private Task _loop = Task.CompletedTask;

    private NodeMembership(IClusterStore store, NodeOptions options, LeaseId lease, Action onJoinedAgain, TimeProvider timeProvider, ILogger<NodeMembership> logger)
    {
        _store = store;
        _options = options;
        _lease = lease.Value;
        _onJoinedAgain = onJoinedAgain;
        _timeProvider = timeProvider;
        _logger = logger;
        var resources = options.Resources;
        _info = new NodeInfo(options.Name, Guid.NewGuid().ToString("N"), Address: "", resources.Cpus, resources.GpuDevices.Count)
        {
            MemoryBytes = resources.MemoryBytes,
            Resources = resources.Custom,
            Labels = resources.Labels,
            DataFolder = options.DataFolder,
        };
    }

    /// <summary>The lease by which everything lives that the node writes.</summary>
    public LeaseId Lease => new(Volatile.Read(ref _lease));

    /// <summary>Differs each time that the agent starts: whatever ran before is gone.</summary>
    public string Incarnation => _info.Incarnation;

    /// <summary>Gets a lease; nobody knows of the node yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The node.</param>
    /// <param name="onJoinedAgain">Reports again whatever the node runs: what it had reported went with its lease.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<NodeMembership> PrepareAsync(
        IClusterStore store, NodeOptions options, Action onJoinedAgain, TimeProvider timeProvider, ILogger<NodeMembership> logger, CancellationToken cancellationToken) =>
        new(store, options, await store.GrantAsync(LeaseTime, cancellationToken), onJoinedAgain, timeProvider, logger);

    /// <summary>Takes away what a node of this name has told. Only for those who know that it is gone: they hold its data folder.</summary>
    public static async Task ForgetPredecessorAsync(IClusterStore store, string name, CancellationToken cancellationToken)
    {
        var status = await store.RangeAsync(ClusterKeys.StatusOf(name), cancellationToken);
        var keys = status.Entries.Select(entry => entry.Key).Append(ClusterKeys.Info(name));
        await store.TxnAsync(new StoreTxn([], [.. keys.Select(key => new StoreChange(key, Value: null))]), cancellationToken);
    }

    /// <summary>Makes the node known and keeps its lease alive.</summary>
    /// <exception cref="InvalidOperationException">Another node has its name.</exception>
    public async Task JoinAsync(ProxyInfo? proxy, CancellationToken cancellationToken)
    {
        _info = _info with { Proxy = proxy };
        await CheckNameAsync(cancellationToken);
        await NodeRegistration.WriteAsync(_store, _info, Lease, cancellationToken);
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
            await _store.RevokeAsync(Lease, timeout.Token);
        }
        catch (Exception exception)
        {
            LogNotLeft(exception);
        }

        _stopping.Dispose();
    }

    /// <summary>A predecessor in this data folder is gone for certain; any other node of the name lives.</summary>
    private async Task CheckNameAsync(CancellationToken cancellationToken)
    {
        if (await NodeRegistration.FindAsync(_store, _options.Name, cancellationToken) is { } entry && StoreJson.Read<NodeInfo>(entry.Value) is { } other && other.DataFolder != _options.DataFolder)
            throw new InvalidOperationException(
                $"A node named '{_options.Name}' is in the cluster already, with the data folder '{other.DataFolder}'; give this one another name with --node-name.");
    }

    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(LeaseTime / 3, _timeProvider);
        var isFailing = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token);
                if (!await TryKeepAliveAsync())
                    await JoinAgainAsync();
                isFailing = false;
            }
            catch (Exception exception)
            {
                if (!_stopping.IsCancellationRequested && !isFailing)
                    LogKeepAliveFailed(exception);
                isFailing = true;
            }
        }
    }

    /// <summary>A store that does not answer must not cost the attempts that would reach it.</summary>
    /// <returns>Whether the node is still known as itself: a late write of its predecessor may have taken its place.</returns>
    private async Task<bool> TryKeepAliveAsync()
    {
        using var timeout = new CancellationTokenSource(LeaseTime / 3, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        return await _store.KeepAliveAsync(Lease, both.Token)
            && (await NodeRegistration.FindAsync(_store, _options.Name, both.Token))?.Lease == Lease;
    }

    private async Task JoinAgainAsync()
    {
        LogLeaseLost();
        var lease = await _store.GrantAsync(LeaseTime, _stopping.Token);
        await NodeRegistration.WriteAsync(_store, _info, lease, _stopping.Token);
        Volatile.Write(ref _lease, lease.Value);
        _onJoinedAgain();
    }

    [LoggerMessage(EventId = 5202, Level = LogLevel.Warning, Message = "The cluster has given the node up; it joins again with what it runs")]
    private partial void LogLeaseLost();

    [LoggerMessage(EventId = 5203, Level = LogLevel.Warning, Message = "The node's lease could not be kept alive; trying again until it can")]
    private partial void LogKeepAliveFailed(Exception exception);

    [LoggerMessage(EventId = 5204, Level = LogLevel.Warning, Message = "The node's lease could not be ended")]
    private partial void LogNotLeft(Exception exception);
}
