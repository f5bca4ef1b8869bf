namespace Serve.OpenInference.Grpc.Reading;

/// <summary>How much memory the tensors of one request may have: a number that is one byte in a message may be eight in a tensor, so that the bound of the message is none for them.</summary>
internal sealed class TensorBudget(int limit)
{
    private long _taken;

    public long Left => limit - _taken;

    /// <param name="bytes">How much more is wanted.</param>
    /// <param name="where">The input that wants it, for errors.</param>
    /// <exception cref="ServeException">So much is not left.</exception>
    public void Take(long bytes, string where)
    {
        if (bytes > Left)
        {
            throw new ServeException(ServeError.TooLarge, $"With '{TensorRules.Shorten(where)}' the tensors of the request have more than {limit} bytes, the most of a request "
                + $"({nameof(OpenInferenceOptions)}.{nameof(OpenInferenceOptions.MaxRequestBytes)}). Small numbers need least in raw_input_contents.");
        }

        _taken += bytes;
    }

    /// <summary>For the next request.</summary>
    public void Clear() => _taken = 0;
}
