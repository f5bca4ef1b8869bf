namespace Serve.OpenInference.Rest;

/// <summary>Which of an object's known fields have been seen. One that stands twice would mean one thing to us and another to whoever looked at the request before.</summary>
internal struct OnceOnly
{
    private int _seen;

    public readonly bool HasSeen(int field) => (_seen & (1 << field)) != 0;

    public void Check(int field, string name)
    {
        if (HasSeen(field))
            throw TensorRules.Wrong($"{name} stands twice.");
        _seen |= 1 << field;
    }

    public void Check(int field, string list, int index, string name)
    {
        if (HasSeen(field))
            throw TensorRules.Wrong($"{list}[{index}].{name} stands twice.");
        _seen |= 1 << field;
    }
}
