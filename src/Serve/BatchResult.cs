using System.Diagnostics.CodeAnalysis;

namespace Serve;

/// <summary>The result of one item of a batch, or why that item failed: for batched methods in which single items may fail. A value converts to it by itself.</summary>
/// <typeparam name="T">What comes out for each item.</typeparam>
[SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "Of a failure or an end nothing else would say the type.")]
public readonly struct BatchResult<T>
{
    private readonly T? _value;

    private BatchResult(T? value, Exception? failure)
    {
        _value = value;
        Failure = failure;
    }

    /// <summary>Why the item failed, or null.</summary>
    public Exception? Failure { get; }

    /// <summary>The result. Only where there is no <see cref="Failure"/>.</summary>
    /// <exception cref="InvalidOperationException">The item failed.</exception>
    public T Value => Failure is null ? _value! : throw new InvalidOperationException("The item failed; it has no value.", Failure);

    /// <summary>Says that an item has this result.</summary>
    /// <param name="value">The result.</param>
    public static implicit operator BatchResult<T>(T value) => Of(value);

    /// <summary>Says that an item has this result.</summary>
    /// <param name="value">The result.</param>
    public static BatchResult<T> Of(T value) => new(value, failure: null);

    /// <summary>Says that an item failed. Its caller gets the exception; the others of the batch get their results.</summary>
    /// <param name="failure">Why.</param>
    public static BatchResult<T> Failed(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new(default, failure);
    }
}
