namespace Serve.OpenInference.Grpc.Wire;

/// <summary>What is said of messages that are none.</summary>
internal static class WireError
{
    public static ServeException At(string where, string problem) => new(ServeError.BadRequest, $"The message is malformed: in {where}, {problem}.");
}
