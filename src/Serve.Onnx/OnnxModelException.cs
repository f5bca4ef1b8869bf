namespace Serve.Onnx;

/// <summary>A model can't be loaded, or failed while it ran. The message names its file and what is wrong.</summary>
public sealed class OnnxModelException : Exception
{
    internal OnnxModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
