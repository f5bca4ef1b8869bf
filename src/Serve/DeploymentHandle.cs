using Serve.Handles;

namespace Serve;

/// <summary>
/// Calls another deployment of the application: inject it into a constructor, then call <see cref="Remote"/> as if it were the object.
/// Each call goes to one replica, chosen by load. <typeparamref name="T"/> is an interface that the deployment's class implements, with methods that
/// return <see cref="Task"/>, <see cref="Task{TResult}"/>, <see cref="ValueTask"/>, <see cref="ValueTask{TResult}"/> or
/// <see cref="IAsyncEnumerable{T}"/>. Where several deployments implement it, name one: <c>[FromKeyedServices("name")]</c>.
/// </summary>
/// <typeparam name="T">The interface.</typeparam>
public class DeploymentHandle<T>
    where T : class
{
    private readonly HandleInvoker? _invoker;

    /// <summary>Makes a handle that calls an object directly, for tests of a deployment's class.</summary>
    /// <param name="remote">What to call.</param>
    public DeploymentHandle(T remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        Remote = remote;
    }

    internal DeploymentHandle(HandleInvoker invoker)
    {
        _invoker = invoker;
        Remote = HandleProxy.Create<T>(invoker);
    }

    /// <summary>
    /// The deployment as an object. A call throws <see cref="RemoteException"/> where the deployment's code threw,
    /// <see cref="BackPressureException"/>, <see cref="DeploymentUnavailableException"/>, <see cref="RequestTimeoutException"/>,
    /// <see cref="ReplicaLostException"/>, or <see cref="OperationCanceledException"/> where its token was cancelled.
    /// </summary>
    public T Remote { get; }

    /// <summary>The same handle with other options.</summary>
    /// <param name="options">The options.</param>
    public DeploymentHandle<T> With(CallOptions options) =>
        _invoker is null ? this : new DeploymentHandle<T>(_invoker.With(options));
}
