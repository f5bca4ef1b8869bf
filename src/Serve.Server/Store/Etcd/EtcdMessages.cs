using System.Text.Json.Serialization;

namespace Serve.Server.Store.Etcd;

// The part of etcd's v3 JSON gateway that a cluster store needs. Keys and values are base64 there, 64-bit numbers are strings, and what is
// zero, false or empty is left out. A sample of a transaction:
// {"compare":[{"key":"L3NlcnZlL2xlYWRlcg==","target":"CREATE","result":"EQUAL","create_revision":"7"}],"success":[{"request_put":{"key":"YQ==","value":"MQ=="}}]}

internal sealed record EtcdHeader(long Revision);

/// <summary>All keys from <paramref name="Key"/> to before <paramref name="RangeEnd"/>.</summary>
internal sealed record EtcdRangeRequest(byte[] Key, byte[] RangeEnd);

internal sealed record EtcdRangeReply(EtcdHeader Header, IReadOnlyList<EtcdEntry>? Kvs);

internal sealed record EtcdEntry(byte[] Key, byte[]? Value, long CreateRevision, long ModRevision, long Lease);

internal sealed record EtcdTxnRequest(IReadOnlyList<EtcdCompare>? Compare, IReadOnlyList<EtcdOperation>? Success, IReadOnlyList<EtcdOperation>? Failure);

/// <summary>A condition. The only one that Serve uses: the key's create revision is this, 0 for a key that is not there.</summary>
internal sealed record EtcdCompare(byte[] Key, string? Target, string? Result, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long CreateRevision);

/// <summary>One of the two.</summary>
internal sealed record EtcdOperation(EtcdPut? RequestPut, EtcdDelete? RequestDeleteRange);

internal sealed record EtcdPut(byte[] Key, byte[]? Value, long Lease);

/// <summary>Deletes one key, or with an end all keys up to before it.</summary>
internal sealed record EtcdDelete(byte[] Key, byte[]? RangeEnd);

internal sealed record EtcdTxnReply(EtcdHeader Header, bool Succeeded);

/// <param name="TimeToLive">In seconds.</param>
internal sealed record EtcdGrantRequest([property: JsonPropertyName("TTL")] long TimeToLive);

/// <summary>Names a lease.</summary>
internal sealed record EtcdLease([property: JsonPropertyName("ID")] long Id);

/// <summary>A lease that lives so many seconds from now on; none where it has ended.</summary>
internal sealed record EtcdLeaseReply(EtcdHeader Header, [property: JsonPropertyName("ID")] long Id, [property: JsonPropertyName("TTL")] long TimeToLive);

internal sealed record EtcdHeaderReply(EtcdHeader Header);

internal sealed record EtcdWatchRequest(EtcdWatchCreation? CreateRequest);

internal sealed record EtcdWatchCreation(byte[] Key, byte[] RangeEnd, long StartRevision);

/// <summary>What a watch says next. One with a compact revision is over: the store has forgotten what it was to deliver.</summary>
internal sealed record EtcdWatchReply(EtcdHeader Header, bool Created, bool Canceled, long CompactRevision, string? CancelReason, IReadOnlyList<EtcdEvent>? Events);

/// <param name="Type"><c>DELETE</c>, or nothing for a put.</param>
/// <param name="Kv">The key as it is now.</param>
internal sealed record EtcdEvent(string? Type, EtcdEntry Kv)
{
    public const string Delete = "DELETE";
}

/// <summary>One answer of a stream, or the error that ends it.</summary>
internal sealed record EtcdStreamed<T>(T? Result, EtcdStreamError? Error)
    where T : class;

internal sealed record EtcdStreamError(int GrpcCode, string? Message);

/// <summary>Why a request failed.</summary>
internal sealed record EtcdError(string? Error, string? Message, int Code)
{
    public const int InvalidArgument = 3;
    public const int NotFound = 5;
    public const int OutOfRange = 11;
    public const int Unimplemented = 12;
    public const int Unavailable = 14;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
[JsonSerializable(typeof(EtcdRangeRequest))]
[JsonSerializable(typeof(EtcdRangeReply))]
[JsonSerializable(typeof(EtcdTxnRequest))]
[JsonSerializable(typeof(EtcdTxnReply))]
[JsonSerializable(typeof(EtcdGrantRequest))]
[JsonSerializable(typeof(EtcdLease))]
[JsonSerializable(typeof(EtcdLeaseReply))]
[JsonSerializable(typeof(EtcdHeaderReply))]
[JsonSerializable(typeof(EtcdStreamed<EtcdLeaseReply>))]
[JsonSerializable(typeof(EtcdWatchRequest))]
[JsonSerializable(typeof(EtcdStreamed<EtcdWatchReply>))]
[JsonSerializable(typeof(EtcdError))]
internal sealed partial class EtcdJson : JsonSerializerContext;
