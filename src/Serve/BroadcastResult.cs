using System.Runtime.ExceptionServices;

namespace Serve;

/// <summary>What one replica answered to a broadcast.</summary>
/// <typeparam name="T">The result of the called method.</typeparam>
public sealed class BroadcastResult<T>
{
    private readonly T _value;

    internal BroadcastResult(string replicaId, T value)
    {
        ReplicaId = replicaId;
        _value = value;
    }

    internal BroadcastResult(string replicaId, Exception exception)
    {
        ReplicaId = replicaId;
        Exception = exception;
        _value = default!;
    }

    /// <summary>The replica: <c>application#deployment#epoch-number</c>.</summary>
    public string ReplicaId { get; }

    /// <summary>Why the call failed there, or null where it has a <see cref="Value"/>.</summary>
    public Exception? Exception { get; }

    /// <summary>The result. Throws <see cref="Exception"/> where the call failed.</summary>
    public T Value
    {
        get
        {
            if (Exception is not null)
                ExceptionDispatchInfo.Throw(Exception);
            return _value;
        }
    }
}
