using System.Collections;

namespace Serve.Onnx;

/// <summary>What a run gave, in the order of the model's outputs. The tensors are copies: they stay valid after the model is gone.</summary>
public sealed class OnnxOutputs : IReadOnlyList<OnnxValue>
{
    private readonly OnnxValue[] _values;

    internal OnnxOutputs(OnnxValue[] values) => _values = values;

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public OnnxValue this[int index] => _values[index];

    /// <summary>An output by its name.</summary>
    /// <param name="name">As the model's graph names it.</param>
    /// <exception cref="KeyNotFoundException">The model has no such output.</exception>
    public OnnxValue this[string name] =>
        Array.Find(_values, value => value.Name == name)
        ?? throw new KeyNotFoundException($"The model has no output '{name}'; its outputs are {string.Join(", ", _values.Select(value => $"'{value.Name}'"))}.");

    /// <inheritdoc/>
    public IEnumerator<OnnxValue> GetEnumerator() => ((IEnumerable<OnnxValue>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
