namespace Serve.OpenInference.Grpc.Reading;

/// <summary>Parts of a message, which are made once and serve for the next messages, too.</summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="name">What they are called.</param>
internal sealed class Drafts<T>(string name)
    where T : class, new()
{
    /// <summary>So many stay for the next message; more are rare.</summary>
    private const int MaxKept = 16;

    private readonly List<T> _items = [];

    public int Count { get; private set; }

    public T this[int index] => _items[index];

    /// <exception cref="ServeException">There are too many.</exception>
    public T Add()
    {
        if (Count == TensorRules.MaxTensors)
            throw TensorRules.Wrong($"The request has more than {TensorRules.MaxTensors} {name}.");
        if (Count == _items.Count)
            _items.Add(new T());
        return _items[Count++];
    }

    public void Clear(Action<T> clear)
    {
        for (var i = 0; i < Count; i++)
            clear(_items[i]);
        if (_items.Count > MaxKept)
            _items.RemoveRange(MaxKept, _items.Count - MaxKept);
        Count = 0;
    }
}
