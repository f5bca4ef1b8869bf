namespace Serve.OpenInference.Grpc;

/// <summary>A message of a client that wants a model to be run.</summary>
/// <param name="request">What it wants.</param>
/// <param name="raw">Whether its inputs are raw; then the answer's outputs are, too.</param>
internal sealed class InferCall(InferenceRequest request, bool raw) : IDisposable
{
    public InferenceRequest Request => request;

    public bool Raw => raw;

    /// <summary>What is wrong with the message, where that is to be answered instead of ending the stream that it is a part of.</summary>
    public ServeException? Failure { get; init; }

    public void Dispose() => request.Dispose();
}
