using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Reads streams in loops. Programs that have Grpc.Net.Common find the same there.</summary>
public static class GrpcStreamReaderExtensions
{
    /// <summary>The rest of the messages.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="streamReader">Where they come from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IAsyncEnumerable<T> ReadAllAsync<T>(this IAsyncStreamReader<T> streamReader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return ReadAsync(streamReader, cancellationToken);
    }

    private static async IAsyncEnumerable<T> ReadAsync<T>(IAsyncStreamReader<T> reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await reader.MoveNext(cancellationToken).ConfigureAwait(false))
            yield return reader.Current;
    }
}
