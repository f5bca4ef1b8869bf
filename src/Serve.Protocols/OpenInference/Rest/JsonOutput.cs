using System.IO.Pipelines;
using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>JSON on its way to a client: what is written is sent whenever there is enough of it, and the next is written when the client has taken it.</summary>
internal sealed class JsonOutput(PipeWriter target, CancellationToken cancellationToken) : IDisposable
{
    private const int EnoughToSend = 32 * 1024;

    private long _sent;

    public Utf8JsonWriter Json { get; } = new(target, JsonAnswer.WriterOptions);

    /// <summary>Whether a part has left.</summary>
    public bool HasSent => _sent > 0;

    /// <summary>All that was written so far.</summary>
    public long Written => Json.BytesCommitted + Json.BytesPending;

    /// <summary>Writes the elements of a tensor as one list, or as a value where it is one that shall be.</summary>
    public async ValueTask WriteElementsAsync(TensorBuffer tensor, bool isList)
    {
        if (isList)
            Json.WriteStartArray();
        for (var place = default(JsonElements.Place); place.Element < tensor.ElementCount;)
        {
            place = new JsonElements(Json, tensor, place).WriteSome();
            if (Written - _sent >= EnoughToSend)
                await SendAsync();
        }

        if (isList)
            Json.WriteEndArray();
    }

    /// <summary>Hands over what is written; the server sends it.</summary>
    public void Finish() => Json.Flush();

    public void Dispose() => Json.Dispose();

    private async ValueTask SendAsync()
    {
        Finish();
        _sent = Written;
        var flush = await target.FlushAsync(cancellationToken);
        if (flush.IsCompleted || flush.IsCanceled)
            throw new OperationCanceledException("The client has gone.", cancellationToken);
    }
}
