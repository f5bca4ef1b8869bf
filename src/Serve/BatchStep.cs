using System.Diagnostics.CodeAnalysis;

namespace Serve;

/// <summary>
/// What one step of a batched stream has for one of its callers: a value, nothing, the end, or a failure. A value converts to it by
/// itself. What comes for a caller after its end is ignored.
/// </summary>
/// <typeparam name="T">What the callers' streams consist of.</typeparam>
[SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "Of a failure or an end nothing else would say the type.")]
public readonly struct BatchStep<T>
{
    private BatchStep(BatchStepKind kind, T? value = default, Exception? failure = null)
    {
        Kind = kind;
        Value = value;
        Failure = failure;
    }

    /// <summary>The caller's stream ends here, while others go on.</summary>
    public static BatchStep<T> End { get; } = new(BatchStepKind.End);

    /// <summary>The caller gets nothing in this step.</summary>
    public static BatchStep<T> None { get; } = new(BatchStepKind.None);

    internal BatchStepKind Kind { get; }

    internal T? Value { get; }

    internal Exception? Failure { get; }

    /// <summary>The next item of the caller's stream.</summary>
    /// <param name="value">The item.</param>
    public static implicit operator BatchStep<T>(T value) => Of(value);

    /// <summary>The next item of the caller's stream.</summary>
    /// <param name="value">The item.</param>
    public static BatchStep<T> Of(T value) => new(BatchStepKind.Value, value);

    /// <summary>The caller's stream fails, while others go on.</summary>
    /// <param name="failure">Why.</param>
    public static BatchStep<T> Failed(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new(BatchStepKind.Failed, failure: failure);
    }
}

internal enum BatchStepKind
{
    /// <summary>Also what an element is that nobody has set.</summary>
    None,
    Value,
    End,
    Failed,
}
