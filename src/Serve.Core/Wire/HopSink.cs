using Serve.Wire.Hop;
using Serve.Wire.Payloads;

namespace Serve.Wire;

/// <summary>Sends payloads on a stream of the hop.</summary>
/// <param name="stream">The stream.</param>
/// <param name="beforeEnd">Runs before the last of it is sent, or null.</param>
internal sealed class HopSink(HopStream stream, Action? beforeEnd = null) : IPayloadSink
{
    public ValueTask SendAsync(PayloadWriter payloads, bool isComplete, CancellationToken cancellationToken)
    {
        if (!payloads.TryGetWhole(out var bytes))
            return SendAsync(payloads, skip: 0, isComplete, cancellationToken);
        if (isComplete)
            beforeEnd?.Invoke();
        return stream.WriteAsync(bytes, isComplete, cancellationToken);
    }

    /// <param name="payloads">What to send.</param>
    /// <param name="skip">How many bytes of the beginning were sent before.</param>
    /// <param name="isComplete">Whether nothing follows.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    public async ValueTask SendAsync(PayloadWriter payloads, int skip, bool isComplete, CancellationToken cancellationToken)
    {
        var cursor = 0;
        var isThere = payloads.TryGetNext(ref cursor, out var piece);
        piece = piece[skip..];
        while (isThere)
        {
            var hasNext = payloads.TryGetNext(ref cursor, out var next);
            if (isComplete && !hasNext)
                beforeEnd?.Invoke();
            if (!piece.IsEmpty || (isComplete && !hasNext))
                await stream.WriteAsync(piece, isComplete && !hasNext, cancellationToken);
            (isThere, piece) = (hasNext, next);
        }
    }
}
