using Serve.Replica.Server;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Payloads;

namespace Serve.Replica;

/// <summary>The answer to a call that came over the hop. A small one is one frame.</summary>
internal sealed class HopCallAnswer(AdmittedCall call) : CallAnswer(call.Stream.Aborted)
{
    private HopSink? _sink;

    // The slot is given back before the last frame, so that the caller's next call finds it free.
    private HopSink Sink => _sink ??= new HopSink(call.Stream, call.Leave);

    public override ValueTask SendAsync(PayloadWriter payloads, bool isComplete, CancellationToken cancellationToken) => Sink.SendAsync(payloads, isComplete, cancellationToken);

    protected override ValueTask BeginAsync(bool hasFailed, PayloadWriter? body, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> head = [(byte)(hasFailed ? CallStatus.Failed : CallStatus.Done)];
        if (body is null)
        {
            call.Stream.SendHead(head, inlineBody: default, isComplete: false);
            return ValueTask.CompletedTask;
        }

        if (body.TryGetWhole(out var whole) && whole.Length <= HopLimits.MaxInline)
        {
            call.Leave();
            call.Stream.SendHead(head, whole.Span, isComplete: true);
            return ValueTask.CompletedTask;
        }

        var cursor = 0;
        body.TryGetNext(ref cursor, out var first);
        var inline = first[..Math.Min(first.Length, HopLimits.MaxInline)];
        call.Stream.SendHead(head, inline.Span, isComplete: false);
        return Sink.SendAsync(body, inline.Length, isComplete: true, cancellationToken);
    }

    protected override void CutOff() => call.Stream.Reset(HopResetCode.Failed, "the answer could not be sent as a whole");
}
