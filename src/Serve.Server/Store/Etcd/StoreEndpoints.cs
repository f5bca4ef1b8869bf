using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Serve.Server.Store.Etcd;

/// <summary>Answers etcd's requests from a store.</summary>
/// <param name="store">The store.</param>
/// <param name="stopping">Ends watches.</param>
internal sealed class StoreEndpoints(IClusterStore store, CancellationToken stopping)
{
    private const string CompareTarget = "CREATE";
    private const string CompareResult = "EQUAL";

    /// <summary>How much of a watch may wait to be sent together.</summary>
    private const long FlushAt = 64 * 1024;

    public async Task RangeAsync(EtcdRangeRequest request, HttpContext context)
    {
        var range = await store.RangeAsync(PrefixOf(request.Key, request.RangeEnd), context.RequestAborted);
        var entries = range.Entries.Select(entry => new EtcdEntry(EtcdKeys.Encode(entry.Key), entry.Value, entry.CreateRevision, entry.ModRevision, entry.Lease.Value));
        await WriteAsync(context, new EtcdRangeReply(new EtcdHeader(range.Revision), [.. entries]), EtcdJson.Default.EtcdRangeReply);
    }

    public async Task TxnAsync(EtcdTxnRequest request, HttpContext context)
    {
        if (request.Failure is { Count: > 0 })
            throw new NotSupportedException("This store does nothing where the conditions of a transaction fail.");
        var txn = new StoreTxn([.. (request.Compare ?? []).Select(ToCondition)], [.. (request.Success ?? []).Select(ToChange)]);
        var result = await store.TxnAsync(txn, context.RequestAborted);
        await WriteAsync(context, new EtcdTxnReply(new EtcdHeader(result.Revision), result.Succeeded), EtcdJson.Default.EtcdTxnReply);
    }

    public async Task GrantAsync(EtcdGrantRequest request, HttpContext context)
    {
        if (request.TimeToLive is < 1 or > 86_400)
            throw new BadHttpRequestException($"A lease lives between 1 and 86400 seconds, not {request.TimeToLive}.");
        var lease = await store.GrantAsync(TimeSpan.FromSeconds(request.TimeToLive), context.RequestAborted);
        await WriteAsync(context, new EtcdLeaseReply(await HeaderAsync(context), lease.Value, request.TimeToLive), EtcdJson.Default.EtcdLeaseReply);
    }

    public async Task KeepAliveAsync(EtcdLease request, HttpContext context)
    {
        var lives = await store.KeepAliveAsync(new LeaseId(request.Id), context.RequestAborted);
        // A store does not tell for how long: what counts is whether it lives.
        var reply = new EtcdLeaseReply(await HeaderAsync(context), request.Id, lives ? 1 : 0);
        await WriteAsync(context, new EtcdStreamed<EtcdLeaseReply>(reply, Error: null), EtcdJson.Default.EtcdStreamedEtcdLeaseReply);
    }

    public async Task RevokeAsync(EtcdLease request, HttpContext context)
    {
        await store.RevokeAsync(new LeaseId(request.Id), context.RequestAborted);
        await WriteAsync(context, new EtcdHeaderReply(await HeaderAsync(context)), EtcdJson.Default.EtcdHeaderReply);
    }

    public async Task WatchAsync(EtcdWatchRequest request, HttpContext context)
    {
        var creation = request.CreateRequest ?? throw new NotSupportedException("A watch must begin with a create_request.");
        var prefix = PrefixOf(creation.Key, creation.RangeEnd);
        var header = await HeaderAsync(context);
        var from = creation.StartRevision > 0 ? creation.StartRevision : header.Revision + 1;
        context.Response.ContentType = "application/json";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var writer = context.Response.BodyWriter;
        Write(writer, new EtcdWatchReply(header, Created: true, Canceled: false, CompactRevision: 0, CancelReason: null, Events: null));
        try
        {
            await SendAsync(store.WatchAsync(prefix, from, ending.Token), writer, ending.Token);
        }
        catch (StoreCompactedException exception)
        {
            Write(writer, new EtcdWatchReply(header, Created: false, Canceled: true, exception.OldestRevision, exception.Message, Events: null));
            await writer.FlushAsync(ending.Token);
        }
    }

    /// <summary>Sends what is there together, and does not let it wait for what comes.</summary>
    private static async Task SendAsync(IAsyncEnumerable<StoreEvent> watch, PipeWriter writer, CancellationToken cancellationToken)
    {
        await using var events = watch.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = events.MoveNextAsync();
            if (!next.IsCompleted || writer.UnflushedBytes > FlushAt)
                await writer.FlushAsync(cancellationToken);
            if (!await next)
                return;
            var (revision, key, value) = events.Current;
            var entry = new EtcdEntry(EtcdKeys.Encode(key), value, CreateRevision: 0, revision, Lease: 0);
            Write(writer, new EtcdWatchReply(
                new EtcdHeader(revision), Created: false, Canceled: false, CompactRevision: 0, CancelReason: null, [new EtcdEvent(value is null ? EtcdEvent.Delete : null, entry)]));
        }
    }

    /// <summary>A message of a watch is one line.</summary>
    private static void Write(PipeWriter writer, EtcdWatchReply reply)
    {
        writer.Write(JsonSerializer.SerializeToUtf8Bytes(new EtcdStreamed<EtcdWatchReply>(reply, Error: null), EtcdJson.Default.EtcdStreamedEtcdWatchReply));
        writer.Write("\n"u8);
    }

    private static Task WriteAsync<T>(HttpContext context, T reply, JsonTypeInfo<T> type) => context.Response.WriteAsJsonAsync(reply, type, contentType: null, context.RequestAborted);

    private async ValueTask<EtcdHeader> HeaderAsync(HttpContext context) => new((await store.TxnAsync(new StoreTxn([], []), context.RequestAborted)).Revision);

    private static string PrefixOf(byte[]? key, byte[]? end) =>
        (key is null ? null : EtcdKeys.PrefixOf(key, end)) ?? throw new NotSupportedException("This store knows ranges of all keys with a prefix only.");

    private static StoreCondition ToCondition(EtcdCompare compare) => (compare.Target, compare.Result ?? CompareResult) is (CompareTarget, CompareResult)
        ? new StoreCondition(KeyOf(compare.Key), compare.CreateRevision)
        : throw new NotSupportedException($"This store compares create revisions for equality only, not {compare.Target} {compare.Result}.");

    private static StoreChange ToChange(EtcdOperation operation) => operation switch
    {
        { RequestPut: { } put, RequestDeleteRange: null } => new StoreChange(KeyOf(put.Key), put.Value ?? [], new LeaseId(put.Lease)),
        { RequestPut: null, RequestDeleteRange: { RangeEnd: null } delete } => new StoreChange(KeyOf(delete.Key), Value: null),
        _ => throw new NotSupportedException("This store puts and deletes single keys in a transaction, and nothing else."),
    };

    private static string KeyOf(byte[]? key) => key is { Length: > 0 } ? EtcdKeys.Decode(key) : throw new BadHttpRequestException("A key is missing.");
}
