using System.IO.Pipelines;
using Serve.OpenInference.Grpc.Reading;
using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc;

/// <summary>
/// Reads <c>ModelInferRequest</c>s from the connection straight into tensors. What of a message isn't the elements of tensors is small; so it is read field by field, and a message needs no memory but that of its tensors,
/// however large it is and in whatever pieces it arrives.
/// </summary>
/// <param name="answersFailures">Whether a message that is wrong becomes an <see cref="InferCall.Failure"/> instead of an exception.</param>
/// <param name="limit">The most bytes that the tensors of a message may have.</param>
internal sealed class InferRequestReader(bool answersFailures, int limit)
{
    /// <summary>One that nobody uses just now.</summary>
    private RequestDraft? _spare;

    public ValueTask<InferCall> ReadAsync(PipeReader payload, int length, CancellationToken cancellationToken)
    {
        if (length == 0 || !payload.TryRead(out var result))
            return ReadInPiecesAsync(payload, length, cancellationToken);
        if (result.Buffer.FirstSpan.Length < length)
        {
            payload.AdvanceTo(result.Buffer.Start);
            return ReadInPiecesAsync(payload, length, cancellationToken);
        }

        var draft = Interlocked.Exchange(ref _spare, null) ?? new RequestDraft(limit);
        try
        {
            WireReader.Read(draft, result.Buffer.FirstSpan[..length]);
            return new ValueTask<InferCall>(draft.Complete());
        }
        catch (ServeException e) when (answersFailures)
        {
            return new ValueTask<InferCall>(Failed(draft, e));
        }
        finally
        {
            payload.AdvanceTo(result.Buffer.GetPosition(length));
            Keep(draft);
        }
    }

    private async ValueTask<InferCall> ReadInPiecesAsync(PipeReader payload, int length, CancellationToken cancellationToken)
    {
        var draft = Interlocked.Exchange(ref _spare, null) ?? new RequestDraft(limit);
        var window = new MessageWindow(payload, length, draft.Joining, cancellationToken);
        try
        {
            await WireReader.ReadAsync(draft, window, length);
            return draft.Complete();
        }
        catch (ServeException e)
        {
            await window.SkipRestAsync();
            if (answersFailures)
                return Failed(draft, e);
            throw;
        }
        finally
        {
            window.Close();
            Keep(draft);
        }
    }

    private void Keep(RequestDraft draft)
    {
        draft.Dispose();
        Volatile.Write(ref _spare, draft);
    }

    private static InferCall Failed(RequestDraft draft, ServeException failure) =>
        new(new InferenceRequest { Model = "", Id = draft.Id, Inputs = [] }, raw: false) { Failure = failure };
}
