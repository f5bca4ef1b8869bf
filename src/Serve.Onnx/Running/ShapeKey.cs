namespace Serve.Onnx.Running;

/// <summary>What may share a batch: calls whose inputs have the same dimensions behind that of the batch. They are in the model's order, so that their names need not be compared.</summary>
internal sealed class ShapeKey(TensorBuffer[] inputs) : IEquatable<ShapeKey>
{
    private readonly int _hash = HashOf(inputs);

    public bool Equals(ShapeKey? other)
    {
        if (other is null || other._hash != _hash)
            return false;
        for (var i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].Shape[1..].SequenceEqual(other.Inputs[i].Shape[1..]))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as ShapeKey);

    public override int GetHashCode() => _hash;

    private TensorBuffer[] Inputs => inputs;

    private static int HashOf(TensorBuffer[] inputs)
    {
        var hash = new HashCode();
        foreach (var input in inputs)
        {
            hash.Add(input.Shape.Length);
            foreach (var dimension in input.Shape[1..])
                hash.Add(dimension);
        }

        return hash.ToHashCode();
    }
}
