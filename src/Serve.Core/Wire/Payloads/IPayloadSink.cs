namespace Serve.Wire.Payloads;

/// <summary>Where payloads go: a stream of the hop.</summary>
internal interface IPayloadSink
{
    /// <summary>Sends everything that was written. The writer can be cleared and used again afterwards.</summary>
    /// <param name="payloads">What to send.</param>
    /// <param name="isComplete">Whether nothing follows.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    ValueTask SendAsync(PayloadWriter payloads, bool isComplete, CancellationToken cancellationToken);
}
