namespace Serve.Onnx;

/// <summary>One request to a model.</summary>
public sealed record ModelCall
{
    /// <summary>The tensors by the names of the model's inputs, with the batch dimension where there is one. They stay the caller's, who may dispose them once the call has ended, however it does.</summary>
    public required IReadOnlyList<KeyValuePair<string, TensorBuffer>> Inputs { get; init; }

    /// <summary>The outputs that are wanted, in this order; none: all that the model's configuration names.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How urgent the call is: 1 the most, up to the model's <c>priority_levels</c>; 0: as the model says. It means nothing where the model has no levels.</summary>
    public long Priority { get; init; }

    /// <summary>How long the call may wait for its turn, where the model's queue policy lets it say so; zero: as the policy says.</summary>
    public TimeSpan QueueTimeout { get; init; }
}
