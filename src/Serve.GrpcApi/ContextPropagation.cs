namespace Grpc.Core;

/// <summary>What calls take over from the call that they are made for.</summary>
public class ContextPropagationOptions
{
    /// <summary>All.</summary>
    public static readonly ContextPropagationOptions Default = new();

    /// <summary>Makes one.</summary>
    /// <param name="propagateDeadline">Whether the deadline is taken over.</param>
    /// <param name="propagateCancellation">Whether the cancellation is taken over.</param>
    public ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
    {
        IsPropagateDeadline = propagateDeadline;
        IsPropagateCancellation = propagateCancellation;
    }

    /// <summary>Whether the deadline is taken over.</summary>
    public bool IsPropagateDeadline { get; }

    /// <summary>Whether the cancellation is taken over.</summary>
    public bool IsPropagateCancellation { get; }
}

/// <summary>Carries what <see cref="ContextPropagationOptions"/> says from a call to the next.</summary>
public abstract class ContextPropagationToken
{
    private protected ContextPropagationToken()
    {
    }
}
