namespace Serve.Onnx;

/// <summary>
/// A run was given inputs that are not the model's: the caller's fault, found before anything ran. It is answered as a bad request; the message names the input, what
/// was given and what the model takes.
/// </summary>
public sealed class OnnxInputException : ServeException
{
    internal OnnxInputException(string message)
        : base(ServeError.BadRequest, message)
    {
    }
}
