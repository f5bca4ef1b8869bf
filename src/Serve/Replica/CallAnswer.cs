using Serve.Discovery;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Replica;

/// <summary>Sends what a called method gave: its value, its items or its failure.</summary>
internal abstract class CallAnswer(CancellationToken cancellationToken) : IResultReceiver, IPayloadSink
{
    private bool _isStream;
    private bool _hasBegun;

    public async Task ReceiveAsync<T>(T value)
    {
        using var payload = PayloadWriter.Rent();
        payload.AddValue(value);
        _hasBegun = true;
        await BeginAsync(hasFailed: false, payload, cancellationToken);
    }

    public async Task ReceiveStreamAsync<T>(IAsyncEnumerable<T> items)
    {
        _hasBegun = _isStream = true;
        await BeginAsync(hasFailed: false, body: null, cancellationToken);
        await ItemSender.SendAsync(items, this, cancellationToken);
    }

    /// <summary>Sends the failure, behind the items that came before it. Half a value can't be taken back: the caller then sees the end of the connection.</summary>
    public async Task FailAsync(CallFailure failure)
    {
        if (_isStream)
        {
            await ItemSender.SendFailureAsync(failure, this, cancellationToken);
        }
        else if (_hasBegun)
        {
            CutOff();
        }
        else
        {
            using var payload = PayloadWriter.Rent();
            payload.AddBlock(failure.ToJson());
            await BeginAsync(hasFailed: true, payload, cancellationToken);
        }
    }

    public abstract ValueTask SendAsync(PayloadWriter payloads, bool isComplete, CancellationToken cancellationToken);

    /// <summary>Begins the answer.</summary>
    /// <param name="hasFailed">Whether the body is a failure.</param>
    /// <param name="body">All of the body, or null where items follow.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    protected abstract ValueTask BeginAsync(bool hasFailed, PayloadWriter? body, CancellationToken cancellationToken);

    /// <summary>Ends the answer so that the caller sees that it is not whole.</summary>
    protected abstract void CutOff();
}
