using Serve.Discovery;
using Serve.Replica;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>A replica in this process: calls go straight to its object, without a socket and without conversion.</summary>
internal sealed class LocalReplica : ReplicaEntry
{
    public LocalReplica(string id, DeploymentInstance instance)
        : base(id)
    {
        Instance = instance;
        instance.Scope.Models?.Subscribe(OnModels);
    }

    public DeploymentInstance Instance { get; }

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

    protected override void Close()
    {
        // The service provider owns the object.
    }
}
