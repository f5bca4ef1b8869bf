using System.Collections.Immutable;

namespace Serve.Grpc;

/// <summary>
/// What the program says of the health of its gRPC services. Register one (<c>services.AddSingleton&lt;GrpcHealth&gt;()</c>) and set it from anywhere; services that
/// are mapped and not set are as the whole, and the whole is serving where nothing else was said. Models are
/// asked where nothing was said: they are serving while all are ready.
/// </summary>
public sealed class GrpcHealth
{
    /// <summary>The name of the whole.</summary>
    public const string Whole = "";

    private readonly Lock _lock = new();
    private ImmutableDictionary<string, bool> _isServing = ImmutableDictionary.Create<string, bool>(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Says whether a service can be called. Who watches it is told.</summary>
    /// <param name="service">The full name of the service, or nothing for the whole. Names of services that are not mapped can be set, too.</param>
    /// <param name="isServing">Whether it can be called.</param>
    public void Set(string service, bool isServing)
    {
        ArgumentNullException.ThrowIfNull(service);
        Change(statuses => statuses.SetItem(service, isServing));
    }

    /// <summary>Takes back what was said of a service.</summary>
    /// <param name="service">The full name of the service, or nothing for the whole.</param>
    public void Remove(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        Change(statuses => statuses.Remove(service));
    }

    /// <summary>What was said, and what tells that something else is said.</summary>
    internal (ImmutableDictionary<string, bool> Said, Task Changed) Look()
    {
        lock (_lock)
            return (_isServing, _changed.Task);
    }

    private void Change(Func<ImmutableDictionary<string, bool>, ImmutableDictionary<string, bool>> change)
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            var changed = change(_isServing);
            if (ReferenceEquals(changed, _isServing))
                return;
            _isServing = changed;
            before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.SetResult();
    }
}
