using Serve.Discovery;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>A replica in this process: calls go straight to its object, without a socket and without conversion.</summary>
internal sealed class LocalReplica : ReplicaEntry
{
    /// <param name="context">Which one it is.</param>
    /// <param name="limit">How many requests it works on at the same time.</param>
    /// <param name="instance">Its object.</param>
    public LocalReplica(ReplicaContext context, int limit, DeploymentInstance instance)
        : base(context.ReplicaId)
    {
        Instance = instance;
        Meter = new ReplicaMeter(new ReplicaScope(context), () => Ongoing, () => limit);
    }

    public DeploymentInstance Instance { get; }

    /// <summary>Where its requests are counted.</summary>
    public ReplicaMeter Meter { get; }

    public object Invoke(MethodShape method, object?[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return method.Invoke(Instance.Target, arguments, cancellationToken);
        }
        catch (Exception exception) when (exception is not (ServeException or OperationCanceledException))
        {
            throw CallFailure.Of(exception, Instance.Type.Name).ToException();
        }
    }

    /// <summary>The service provider owns the object.</summary>
    protected override void Close() => Meter.Dispose();
}
