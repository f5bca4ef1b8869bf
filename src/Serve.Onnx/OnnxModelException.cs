namespace Serve.Onnx;

/// <summary>A model could not be loaded or run; the message names the model, what is wrong with it and what was expected.</summary>
public class OnnxModelException : Exception
{
    internal OnnxModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>A run was given inputs that are not the model's: the caller's fault, found before anything ran.</summary>
public sealed class OnnxInputException : OnnxModelException
{
    internal OnnxInputException(string message)
        : base(message)
    {
    }
}
