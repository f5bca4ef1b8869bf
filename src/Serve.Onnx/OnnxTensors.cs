using System.Collections;

namespace Serve.Onnx;

/// <summary>
/// What a run gave, where the engine wrote it: nothing was copied but texts. <see cref="Dispose"/> gives the memory back to the model's next runs; whoever wants to keep one
/// of the tensors longer takes its rows or copies it.
/// </summary>
public sealed class OnnxTensors : IReadOnlyList<KeyValuePair<string, TensorBuffer>>, IDisposable
{
    private readonly KeyValuePair<string, TensorBuffer>[] _tensors;

    internal OnnxTensors(KeyValuePair<string, TensorBuffer>[] tensors) => _tensors = tensors;

    /// <inheritdoc/>
    public int Count => _tensors.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, TensorBuffer> this[int index] => _tensors[index];

    /// <summary>An output by its name.</summary>
    /// <param name="name">As the model's graph names it.</param>
    /// <exception cref="KeyNotFoundException">It was not among those asked for.</exception>
    public TensorBuffer this[string name]
    {
        get
        {
            foreach (var (known, tensor) in _tensors)
            {
                if (known == name)
                    return tensor;
            }

            throw new KeyNotFoundException($"The run gave no output '{name}'; it gave {string.Join(", ", _tensors.Select(pair => $"'{pair.Key}'"))}.");
        }
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TensorBuffer>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, TensorBuffer>>)_tensors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Gives the memory of all tensors back.</summary>
    public void Dispose()
    {
        foreach (var (_, tensor) in _tensors)
            tensor.Dispose();
    }
}
