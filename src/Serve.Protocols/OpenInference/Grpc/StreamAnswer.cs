namespace Serve.OpenInference.Grpc;

/// <summary>What a client gets in a stream for one of its requests.</summary>
/// <param name="answer">What the model gave, or null where it failed.</param>
/// <param name="error">Why it failed.</param>
/// <param name="id">What the client calls the request.</param>
internal sealed class StreamAnswer(InferAnswer? answer, string? error, string? id) : IDisposable
{
    public InferAnswer? Answer => answer;

    public string? Error => error;

    public string? Id => id;

    /// <summary>The bytes of the answer within the message, once they were asked for.</summary>
    public int AnswerSize { get; set; }

    public void Dispose() => answer?.Dispose();
}
