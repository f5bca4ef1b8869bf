namespace Serve.OpenInference.Grpc.Wire;

/// <summary>What takes up the fields of a message, one after the other.</summary>
internal interface IFieldTarget
{
    /// <summary>What the message is, for errors.</summary>
    string Where { get; }

    /// <summary>The fields that it knows are those from 1 to this one; others are skipped.</summary>
    int LastField { get; }

    /// <summary>Takes a field up, all of which is there.</summary>
    /// <exception cref="ServeException">It can't be.</exception>
    void Take(in WireField field, ReadOnlySpan<byte> payload);

    /// <summary>Takes a large field up as it arrives; false if fields of that number are taken up as a whole only.</summary>
    /// <exception cref="ServeException">It can't be.</exception>
    ValueTask<bool> TakeLargeAsync(WireField field, MessageWindow window);
}
