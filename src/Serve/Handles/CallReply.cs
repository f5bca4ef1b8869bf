using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Serve.Discovery;
using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>A call that a replica has taken, with its result to come. Holds the replica's slot until it is disposed.</summary>
internal abstract class CallReply(ReplicaLease lease) : IAsyncDisposable
{
    public abstract Task<T> ReadValueAsync<T>(CancellationToken cancellationToken);

    public abstract IAsyncEnumerable<T> ReadItemsAsync<T>(CancellationToken cancellationToken);

    public virtual ValueTask DisposeAsync()
    {
        lease.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The reply of a replica in the same process: the task or stream that the user's method returned.</summary>
internal sealed class LocalReply(ReplicaLease lease, string deployment, MethodShape method, object returned) : CallReply(lease)
{
    public override async Task<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        try
        {
            return await method.AwaitAsync<T>(returned);
        }
        catch (Exception exception) when (IsUsers(exception, cancellationToken))
        {
            throw CallFailure.Of(exception, deployment).ToException();
        }
    }

    public override async IAsyncEnumerable<T> ReadItemsAsync<T>([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var items = ((IAsyncEnumerable<T>)returned).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    yield break;
            }
            catch (Exception exception) when (IsUsers(exception, cancellationToken))
            {
                throw CallFailure.Of(exception, deployment).ToException();
            }

            yield return items.Current;
        }
    }

    /// <summary>Whether the exception is the deployment's own, and not the caller's wish to stop or a failure that Serve knows by name.</summary>
    private static bool IsUsers(Exception exception, CancellationToken cancellationToken) =>
        exception is not ServeException && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested);
}

/// <summary>The reply of a replica in another process.</summary>
internal sealed class RemoteReply(ReplicaLease lease, string deployment, HttpResponseMessage response) : CallReply(lease)
{
    public override async Task<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        try
        {
            await ThrowIfFailedAsync(body, cancellationToken);
            return (await PayloadReader.ReadValueAsync<T>(body, cancellationToken))!;
        }
        catch (IOException exception)
        {
            throw Lost(exception);
        }
    }

    public override async IAsyncEnumerable<T> ReadItemsAsync<T>([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await ThrowIfFailedAsync(body, cancellationToken);
        var kind = new byte[1];
        while (await ReadKindAsync(body, kind, cancellationToken) != StreamItem.End)
            yield return await ReadItemAsync<T>(body, cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        response.Dispose();
        return base.DisposeAsync();
    }

    private async ValueTask<StreamItem> ReadKindAsync(Stream body, byte[] kind, CancellationToken cancellationToken)
    {
        try
        {
            await body.ReadExactlyAsync(kind, cancellationToken);
            var item = (StreamItem)kind[0];
            if (item == StreamItem.Failure)
                throw (await ReadFailureAsync(body, cancellationToken)).ToException();
            return item is StreamItem.Item or StreamItem.End
                ? item
                : throw new InvalidDataException($"The stream from deployment '{deployment}' has an item of unknown kind {kind[0]}.");
        }
        catch (IOException exception)
        {
            throw Lost(exception);
        }
    }

    private async ValueTask<T> ReadItemAsync<T>(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return (await PayloadReader.ReadValueAsync<T>(body, cancellationToken))!;
        }
        catch (IOException exception)
        {
            throw Lost(exception);
        }
    }

    private async ValueTask ThrowIfFailedAsync(Stream body, CancellationToken cancellationToken)
    {
        if (response.Headers.NonValidated.Contains(HopHeaders.Failed))
            throw (await ReadFailureAsync(body, cancellationToken)).ToException();
        if (!response.IsSuccessStatusCode)
            throw new ServeException(ServeError.Internal, $"A replica of deployment '{deployment}' answered a call with status {(int)response.StatusCode}.");
    }

    private static async ValueTask<CallFailure> ReadFailureAsync(Stream body, CancellationToken cancellationToken)
    {
        var prefix = new byte[4];
        await body.ReadExactlyAsync(prefix, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (length > CallFailure.MaxLength)
            throw new InvalidDataException($"A failure of {length} bytes is over the bound of {CallFailure.MaxLength}.");
        var json = new byte[length];
        await body.ReadExactlyAsync(json, cancellationToken);
        return CallFailure.FromJson(json);
    }

    private ReplicaLostException Lost(IOException exception) =>
        new($"The replica of deployment '{deployment}' that worked on the call ended or closed the connection before it answered.", exception);
}
