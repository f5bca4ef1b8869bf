using Serve.Handles;

namespace Serve;

/// <summary>
/// Calls another deployment: inject it into a constructor, then call <see cref="Remote"/> as if it were the object.
/// Each call goes to one replica, chosen by load. <typeparamref name="T"/> is an interface that the deployment's class implements, with methods that
/// return <see cref="Task"/>, <see cref="Task{TResult}"/>, <see cref="ValueTask"/>, <see cref="ValueTask{TResult}"/> or
/// <see cref="IAsyncEnumerable{T}"/>; one parameter may be an <see cref="IAsyncEnumerable{T}"/> as well. Where several deployments implement it,
/// name one: <c>[FromKeyedServices("name")]</c>; one of another application is <c>[FromKeyedServices("application/name")]</c>.
/// A handle may be used by many threads, within requests and outside of them.
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
        Options = new CallOptions();
    }

    internal DeploymentHandle(HandleInvoker invoker)
    {
        _invoker = invoker;
        Remote = HandleProxy.Create<T>(invoker);
        Options = invoker.Options;
    }

    /// <summary>
    /// The deployment as an object. A call starts at once, whether or not its result is awaited, and so does a stream, which then is a few items ahead
    /// of its reader; a stream can be read once. A call throws <see cref="RemoteException"/> where the deployment's code threw,
    /// <see cref="BackPressureException"/>, <see cref="DeploymentUnavailableException"/>, <see cref="RequestTimeoutException"/>,
    /// <see cref="ReplicaLostException"/>, or <see cref="OperationCanceledException"/> where its token was cancelled.
    /// </summary>
    public T Remote { get; }

    /// <summary>How the calls are made.</summary>
    public CallOptions Options { get; }

    /// <summary>The same handle with other options.</summary>
    /// <param name="options">All options; begin with <see cref="Options"/> to change some.</param>
    public DeploymentHandle<T> With(CallOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _invoker is null ? this : new DeploymentHandle<T>(_invoker.With(options));
    }

    /// <summary>
    /// Makes a call as soon as the result is there that it needs, without the caller waiting in between:
    /// <code>Task&lt;float[]&gt; vector = embedder.Remote.EmbedAsync(text);
    /// Task&lt;Hit[]&gt; hits = index.AfterAsync(vector, (remote, found) => remote.FindAsync(found));</code>
    /// The call takes no replica until then. Where the result never comes, the call is not made, and fails with the same exception, which then names
    /// both deployments.
    /// </summary>
    /// <typeparam name="TArgument">What the call needs.</typeparam>
    /// <typeparam name="TResult">The call's result.</typeparam>
    /// <param name="argument">A call of another handle, or any other task.</param>
    /// <param name="call">Makes the call.</param>
    public async Task<TResult> AfterAsync<TArgument, TResult>(Task<TArgument> argument, Func<T, TArgument, Task<TResult>> call)
    {
        ArgumentNullException.ThrowIfNull(argument);
        ArgumentNullException.ThrowIfNull(call);
        return await call(Remote, await ChainedArgument.WaitAsync(argument, _invoker?.Deployment));
    }

    /// <inheritdoc cref="AfterAsync{TArgument, TResult}(Task{TArgument}, Func{T, TArgument, Task{TResult}})"/>
    public async Task AfterAsync<TArgument>(Task<TArgument> argument, Func<T, TArgument, Task> call)
    {
        ArgumentNullException.ThrowIfNull(argument);
        ArgumentNullException.ThrowIfNull(call);
        await call(Remote, await ChainedArgument.WaitAsync(argument, _invoker?.Deployment));
    }

    /// <inheritdoc cref="AfterAsync{TArgument, TResult}(Task{TArgument}, Func{T, TArgument, Task{TResult}})"/>
    /// <typeparam name="TArgument">What the call needs.</typeparam>
    /// <typeparam name="TItem">What the called method streams.</typeparam>
    public IAsyncEnumerable<TItem> After<TArgument, TItem>(Task<TArgument> argument, Func<T, TArgument, IAsyncEnumerable<TItem>> call)
    {
        ArgumentNullException.ThrowIfNull(argument);
        ArgumentNullException.ThrowIfNull(call);
        return new ChainedStream<TItem>(StartAsync());

        async Task<IAsyncEnumerable<TItem>> StartAsync() => call(Remote, await ChainedArgument.WaitAsync(argument, _invoker?.Deployment));
    }

    /// <inheritdoc cref="AfterAsync{TArgument, TResult}(Task{TArgument}, Func{T, TArgument, Task{TResult}})"/>
    /// <typeparam name="TFirst">What the call needs.</typeparam>
    /// <typeparam name="TSecond">What it needs as well.</typeparam>
    /// <typeparam name="TResult">The call's result.</typeparam>
    /// <param name="first">A call of another handle, or any other task.</param>
    /// <param name="second">One more.</param>
    /// <param name="call">Makes the call.</param>
    public async Task<TResult> AfterAsync<TFirst, TSecond, TResult>(Task<TFirst> first, Task<TSecond> second, Func<T, TFirst, TSecond, Task<TResult>> call)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(call);
        var both = await ChainedArgument.WaitAsync(first, second, _invoker?.Deployment);
        return await call(Remote, both.First, both.Second);
    }

    /// <summary>
    /// Makes a call on every replica that is ready now, for instance to empty a cache:
    /// <code>var results = await handle.BroadcastAsync(remote => remote.ClearAsync());</code>
    /// The calls go past queues and limits, so that a busy deployment is reached as well. Each has the handle's <see cref="CallOptions.Timeout"/>.
    /// </summary>
    /// <typeparam name="TResult">The result of the method.</typeparam>
    /// <param name="call">Makes the call on one replica.</param>
    /// <returns>What each replica answered, or how it failed; in the order of their ids.</returns>
    /// <exception cref="DeploymentUnavailableException">The deployment is not there.</exception>
    public Task<IReadOnlyList<BroadcastResult<TResult>>> BroadcastAsync<TResult>(Func<T, Task<TResult>> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Broadcast.RunAsync(_invoker, Remote, call);
    }

    /// <inheritdoc cref="BroadcastAsync{TResult}(Func{T, Task{TResult}})"/>
    /// <returns>How each replica took it; in the order of their ids.</returns>
    public async Task<IReadOnlyList<BroadcastResult<bool>>> BroadcastAsync(Func<T, Task> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return await Broadcast.RunAsync(_invoker, Remote, async remote =>
        {
            await call(remote);
            return true;
        });
    }

    /// <summary>
    /// Why a call would fail at once for want of a replica, or null where one would take it, be it after a start that is under way or that the call brings about. Asking brings none about.
    /// </summary>
    internal async ValueTask<string?> WhyUnavailableAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _invoker is null ? null : (await _invoker.FindRouterAsync(cancellationToken)).Replicas.UnavailableReason;
        }
        catch (DeploymentUnavailableException exception)
        {
            return exception.Message;
        }
    }
}
