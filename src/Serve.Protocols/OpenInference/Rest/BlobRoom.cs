namespace Serve.OpenInference.Rest;

/// <summary>The bytes behind the JSON of a request, which its inputs divide among themselves, so that no memory is taken for bytes that can't come.</summary>
/// <param name="all">How many there are, or may be where that is not known.</param>
internal sealed class BlobRoom(long all)
{
    private long _taken;

    /// <summary>What no input has taken.</summary>
    public long Left => all - _taken;

    public void Take(int input, long bytes)
    {
        if (bytes > Left)
            throw TensorRules.Wrong($"inputs[{input}].parameters.binary_data_size is {bytes}, but only {Left} bytes are left behind the JSON for it.");
        _taken += bytes;
    }
}
