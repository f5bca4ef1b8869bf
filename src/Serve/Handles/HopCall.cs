using System.Runtime.CompilerServices;
using Serve.Discovery;
using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Handles;

/// <summary>Makes a call of a replica in another process. A small one is one frame there and one back.</summary>
internal static class HopCall
{
    /// <returns>The reply, which then owns the lease; or null where the replica did not take the call.</returns>
    /// <exception cref="HopNotSentException">The replica could not be reached: nothing was sent.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<CallReply?> SendAsync(OutgoingCall call, ReplicaLease lease, RemoteReplica replica)
    {
        var inline = Inline(call, out var isWhole);
        var stream = await OpenAsync(call, replica, inline, isWhole);
        if (isWhole)
            call.ForgetPayload();
        HopReply? reply = null;
        try
        {
            var answer = await stream.WaitAnswerAsync(call.Token);
            if (answer == HopAnswer.Accepted)
            {
                await SendRestAsync(call, stream, inline.Length, isWhole);
                answer = await stream.WaitAnswerAsync(call.Token);
            }
            else if (answer == HopAnswer.Answered && !isWhole && !stream.IsInlineComplete)
            {
                await SendRestAsync(call, stream, inline.Length, isWhole);
            }

            if (answer == HopAnswer.Answered)
                return reply = HopReply.Of(call.Deployment, lease, stream);
            Mark(lease, stream.Refusal);
            return null;
        }
        catch (HopResetException exception)
        {
            lease.RecordFailure();
            throw HopReply.ToException(exception, call.Deployment);
        }
        catch (OperationCanceledException) when (call.HasPassed)
        {
            lease.RecordFailure();
            stream.Reset(HopResetCode.DeadlinePassed);
            throw;
        }
        finally
        {
            if (reply is null)
                await stream.DisposeAsync();
        }
    }

    private static ReadOnlyMemory<byte> Inline(OutgoingCall call, out bool isWhole)
    {
        isWhole = call.Payload.TryGetWhole(out var bytes) && bytes.Length <= HopLimits.MaxInline && call.Method.Stream is null;
        if (isWhole)
            return bytes;
        var cursor = 0;
        call.Payload.TryGetNext(ref cursor, out var first);
        return first[..Math.Min(first.Length, HopLimits.MaxInline)];
    }

    private static ValueTask<HopStream> OpenAsync(OutgoingCall call, RemoteReplica replica, ReadOnlyMemory<byte> inline, bool isWhole)
    {
        var head = HeadWriter.Rent();
        call.ToHead().Write(head);
        var opening = replica.Hop.OpenAsync(HopKind.Call, head.WrittenMemory, inline, isWhole, call.Token);
        if (!opening.IsCompleted)
            return WaitAsync(opening, head);
        head.Dispose();
        return opening;

        static async ValueTask<HopStream> WaitAsync(ValueTask<HopStream> opening, HeadWriter head)
        {
            using (head)
                return await opening;
        }
    }

    /// <summary>Sends what of the arguments is not there yet, and then the items of a stream among them, which goes on beside everything else.</summary>
    private static async ValueTask SendRestAsync(OutgoingCall call, HopStream stream, int sent, bool isWhole)
    {
        if (isWhole)
            return;
        var sink = new HopSink(stream);
        try
        {
            await sink.SendAsync(call.Payload, sent, isComplete: call.Method.Stream is null, call.Token);
        }
        catch (HopResetException)
        {
            // The replica has answered without all of the arguments, or has gone: the wait for the answer tells which.
            return;
        }

        if (call.Method.Stream is { } parameter)
            _ = SendItemsAsync(call, parameter, sink);
    }

    private static async Task SendItemsAsync(OutgoingCall call, StreamParameter parameter, HopSink sink)
    {
        try
        {
            await parameter.SendAsync(call.Arguments[parameter.Index]!, sink, call.Token);
        }
        catch (HopResetException)
        {
            // The method wanted no more items.
        }
        catch (Exception exception)
        {
            call.FailSource(exception);
        }
    }

    private static void Mark(ReplicaLease lease, HopRefusal refusal)
    {
        if (refusal == HopRefusal.Full)
            lease.MarkFull();
        else if (refusal == HopRefusal.Draining)
            lease.Replica.OnDraining();
    }
}
